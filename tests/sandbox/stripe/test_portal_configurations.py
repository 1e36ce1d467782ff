"""Portal configurations made and changed by the API, obeyed by the portal's pages at once, and refused where Stripe
refuses them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import stripe

from sandbox.seed import CUSTOMERS
from sandbox.server import Sandbox
from sandbox.stripe.account import Account

DANA = CUSTOMERS["dana"].id
DANAS = CUSTOMERS["dana"].subscription_id()
PRODUCTS = "features.subscription_update.products"
BOTH = [
    {"product": "prod_SeedPro", "prices": ["price_SeedProEur", "price_SeedProUsd"]},
    {"product": "prod_SeedStarter", "prices": ["price_SeedStarterEur"]},
]


@pytest.fixture
async def browser(sandbox: Sandbox) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=sandbox.url, follow_redirects=True, trust_env=False) as client:
        yield client


async def change(client: stripe.StripeClient, account: Account, **features: Any) -> None:
    """Change features of the default configuration."""
    changes: Any = {"features": features}
    await client.v1.billing_portal.configurations.update_async(account.portal.configuration["id"], changes)


async def test_the_default_one_is_found_and_shows_its_products_on_expand_only(reader: stripe.StripeClient) -> None:
    """Stripe leaves out the products otherwise, which looks as if there were none."""
    configurations = reader.v1.billing_portal.configurations
    listed = await configurations.list_async({"is_default": True, "active": True})
    [default] = listed.data
    assert "products" not in default.features.subscription_update
    expanded = await configurations.list_async({"is_default": True, "expand": [f"data.{PRODUCTS}"]})
    alone = await configurations.retrieve_async(default.id, {"expand": [PRODUCTS]})
    for whole in (expanded.data[0], alone):
        products = whole.features.subscription_update.products
        assert products is not None
        assert [each.product for each in products] == ["prod_SeedStarter", "prod_SeedPro"]


async def test_a_new_one_has_everything_off_but_what_is_asked_for(
    client: stripe.StripeClient, account: Account
) -> None:
    made = await client.v1.billing_portal.configurations.create_async(
        {
            "features": {"subscription_cancel": {"enabled": True}, "invoice_history": {"enabled": True}},
            "name": "Plain",
            "default_return_url": "https://northwind-mail.com/",
            "business_profile": {"headline": "Northwind, at your service"},
            "metadata": {"made_by": "us"},
        }
    )
    features = made.features
    on = {name for name in features.to_dict() if features[name]["enabled"]}
    assert on == {"subscription_cancel", "invoice_history"}
    assert (made.is_default, made.active, made.name) == (False, True, "Plain")
    assert features.subscription_cancel.mode == "at_period_end"
    assert features.subscription_cancel.cancellation_reason.enabled is False
    assert account.events[-1]["type"] == "billing_portal.configuration.created"


async def test_a_change_merges_hashes_replaces_arrays_and_unsets_by_an_empty_text(
    client: stripe.StripeClient, account: Account
) -> None:
    configurations, identifier = client.v1.billing_portal.configurations, account.portal.configuration["id"]
    await configurations.update_async(identifier, {"default_return_url": "https://x.com/", "metadata": {"a": "1"}})
    changed = await configurations.update_async(
        identifier,
        {
            "default_return_url": "",
            "metadata": {"b": "2"},
            "features": {
                "customer_update": {"allowed_updates": ["email"]},
                "subscription_update": {"enabled": False, "products": ""},
            },
            "expand": [PRODUCTS],
        },
    )
    assert changed.default_return_url is None
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"a": "1", "b": "2"}
    assert changed.features.customer_update.to_dict() == {"allowed_updates": ["email"], "enabled": True}
    assert changed.features.subscription_update.products == []
    assert changed.features.subscription_cancel.enabled is True
    event = account.events[-1]
    assert event["type"] == "billing_portal.configuration.updated"
    assert event["data"]["previous_attributes"]["features"]["customer_update"] == {
        "allowed_updates": ["email", "name", "address", "phone"]
    }


@pytest.mark.parametrize(
    ("features", "param", "words"),
    [
        (
            {"subscription_cancel": {"proration_behavior": "always_invoice"}},
            "features[subscription_cancel][proration_behavior]",
            "Cannot use `always_invoice`",
        ),
        (
            {"subscription_cancel": {"proration_behavior": "create_prorations", "mode": "at_period_end"}},
            "features[subscription_cancel][proration_behavior]",
            "with the mode `at_period_end`",
        ),
        (
            {"subscription_cancel": {"cancellation_reason": {"enabled": True, "options": ["bored"]}}},
            "features[subscription_cancel][cancellation_reason][options][0]",
            "must be one of",
        ),
        (
            {"subscription_cancel": {"cancellation_reason": {"enabled": True, "feedback_options": ["fo_none"]}}},
            "features[subscription_cancel][cancellation_reason][feedback_options]",
            "No such feedback option",
        ),
        (
            {"subscription_update": {"enabled": True, "products": ""}},
            "features[subscription_update][products]",
            "You must provide products",
        ),
        (
            {"subscription_update": {"products": BOTH[:1] * 11}},
            "features[subscription_update][products]",
            "up to 10 products",
        ),
        (
            {"subscription_update": {"products": [{"product": "prod_SeedPro", "prices": ["price_SeedStarterEur"]}]}},
            "features[subscription_update][products][0][prices][0]",
            "does not belong to the product",
        ),
        (
            {"subscription_update": {"products": [{"product": "prod_SeedPro", "prices": ["price_none"]}]}},
            "features[subscription_update][products][0][prices][0]",
            "No such price",
        ),
        (
            {"payment_method_update": {"enabled": False}},
            None,
            "Cannot enable subscription updates while payment method update is disabled.",
        ),
        ({"retention": {"enabled": True}}, "features[retention]", "unknown parameter"),
    ],
)
async def test_features_that_do_not_fit_are_refused_and_nothing_changes(
    client: stripe.StripeClient, account: Account, features: dict[str, Any], param: str | None, words: str
) -> None:
    before = repr(account.portal.configuration)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await change(client, account, **features)
    assert (refused.value.http_status, refused.value.param) == (400, param)
    assert words in str(refused.value.user_message)
    assert repr(account.portal.configuration) == before


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"default_return_url": "northwind"}, "default_return_url"),
        ({"business_profile": {"headline": "x" * 61}}, "business_profile[headline]"),
        ({"features": {"subscription_cancel": {"mode": "immediately"}}}, "features[subscription_cancel][enabled]"),
        ({"features": {}}, "features"),
    ],
)
async def test_a_new_one_with_a_fault_is_refused(
    reader: stripe.StripeClient, params: dict[str, Any], param: str
) -> None:
    asked: Any = {"features": {"invoice_history": {"enabled": True}}, **params}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await reader.v1.billing_portal.configurations.create_async(asked)
    assert refused.value.param == param


async def test_without_reasons_no_survey_follows(
    client: stripe.StripeClient, account: Account, browser: httpx2.AsyncClient
) -> None:
    url = account.portal.open_as(DANA)
    await change(client, account, subscription_cancel={"cancellation_reason": {"enabled": False}})
    after = await browser.post(f"{url}/cancel/{DANAS}")
    assert "Your plan ends on" in after.text
    assert "Why did you cancel?" not in after.text


async def test_the_survey_offers_the_reasons_chosen_and_the_companys_own_that_are_active(
    client: stripe.StripeClient, account: Account, browser: httpx2.AsyncClient
) -> None:
    options = client.v1.billing.feedback_options
    sold = await options.create_async({"description": "We sold the company"})
    moved = await options.create_async({"description": "We moved"})
    asked = {"enabled": True, "options": ["too_expensive", "other"], "feedback_options": [sold.id, moved.id]}
    await change(client, account, subscription_cancel={"cancellation_reason": asked})
    await options.deactivate_async(moved.id)
    whole = await client.v1.billing_portal.configurations.retrieve_async(
        account.portal.configuration["id"],
        {"expand": ["features.subscription_cancel.cancellation_reason.feedback_options"]},
    )
    shown = whole.features.subscription_cancel.cancellation_reason.feedback_options
    assert shown is not None
    assert [each.status for each in shown if isinstance(each, stripe.billing.FeedbackOption)] == ["active", "inactive"]
    url = account.portal.open_as(DANA)
    survey = await browser.post(f"{url}/cancel/{DANAS}")
    offered = [line for line in survey.text.splitlines() if 'name="reason"' in line]
    assert [word in line for word, line in zip(("too expensive", "sold", "Other"), offered, strict=True)] == [True] * 3
    await browser.post(str(survey.url), data={"reason": moved.id})
    details = account.ledger.get("subscription", DANAS)["cancellation_details"]
    assert details["feedback_option"] is None
    await browser.post(str(survey.url), data={"reason": sold.id})
    details = account.ledger.get("subscription", DANAS)["cancellation_details"]
    assert (details["feedback_option"], details["feedback"]) == (sold.id, None)


async def test_a_session_obeys_its_own_configuration(
    client: stripe.StripeClient, account: Account, browser: httpx2.AsyncClient
) -> None:
    made = await client.v1.billing_portal.configurations.create_async(
        {
            "features": {"subscription_cancel": {"enabled": True, "mode": "immediately"}},
            "business_profile": {"headline": "Only goodbyes here", "terms_of_service_url": "https://x.com/terms"},
        }
    )
    session = await client.v1.billing_portal.sessions.create_async({"customer": DANA, "configuration": made.id})
    home = await browser.get(session.url)
    assert "Only goodbyes here" in home.text
    assert 'href="https://x.com/terms"' in home.text
    assert "Update plan" not in home.text
    await browser.post(f"{session.url}/cancel/{DANAS}")
    assert account.ledger.get("subscription", DANAS)["status"] == "canceled"


@pytest.mark.parametrize(
    ("allowed", "form", "becomes"),
    [
        (["price"], {"price": "price_SeedStarterEur"}, ("price_SeedStarterEur", 1)),
        (["price"], {"price": "price_SeedStarterEur", "quantity": "3"}, ("price_SeedStarterEur", 1)),
        (["price", "quantity"], {"price": "price_SeedProEur", "quantity": "3"}, ("price_SeedProEur", 3)),
        (["price", "quantity"], {"price": "price_SeedProEur", "quantity": "9"}, ("price_SeedProEur", 5)),
        (["price", "quantity"], {"price": "price_SeedProEur", "quantity": "0"}, ("price_SeedProEur", 1)),
        (["quantity"], {"price": "price_SeedStarterEur", "quantity": "3"}, ("price_SeedProEur", 1)),
        (["price"], {"price": "price_SeedProUsd"}, ("price_SeedProEur", 1)),
        ("", {"price": "price_SeedStarterEur", "quantity": "3"}, ("price_SeedProEur", 1)),
    ],
)
async def test_a_plan_is_switched_within_what_is_offered(
    client: stripe.StripeClient,
    account: Account,
    browser: httpx2.AsyncClient,
    *,
    allowed: Any,
    form: dict[str, str],
    becomes: tuple[str, int],
) -> None:
    adjustable = {"enabled": True, "minimum": 1, "maximum": 5}
    products = [each | {"adjustable_quantity": adjustable} for each in BOTH]
    await change(client, account, subscription_update={"default_allowed_updates": allowed, "products": products})
    url = account.portal.open_as(DANA)
    offered = (await browser.get(f"{url}/plan/{DANAS}")).text
    assert "price_SeedProUsd" not in offered
    assert ('name="quantity"' in offered) is ("quantity" in allowed)
    await browser.post(f"{url}/plan/{DANAS}", data=form)
    [item] = account.ledger.get("subscription", DANAS)["items"]["data"]
    assert (item["price"]["id"], item["quantity"]) == becomes


@pytest.mark.parametrize(("behaviour", "status"), [("end_trial", "active"), ("continue_trial", "trialing")])
async def test_switching_in_a_trial_ends_it_or_not(
    client: stripe.StripeClient, account: Account, browser: httpx2.AsyncClient, behaviour: str, status: str
) -> None:
    await change(client, account, subscription_update={"trial_update_behavior": behaviour})
    lea = CUSTOMERS["lea"]
    url = account.portal.open_as(lea.id)
    form = {"price": "price_SeedStarterEur"}
    answer = await browser.post(f"{url}/plan/{lea.subscription_id()}", data=form)
    assert answer.status_code == 200
    subscription = account.ledger.get("subscription", lea.subscription_id())
    assert subscription["status"] == status
    assert subscription["items"]["data"][0]["price"]["id"] == form["price"]


async def test_feedback_options_are_made_renamed_and_deactivated(client: stripe.StripeClient) -> None:
    options = client.v1.billing.feedback_options
    made = await options.create_async({"description": "No dark mode"})
    assert (made.status, made.status_transitions.deactivated_at) == ("active", None)
    renamed = await options.update_async(made.id, {"description": "There is no dark mode"})
    assert renamed.description == "There is no dark mode"
    gone = await options.deactivate_async(made.id)
    assert gone.status == "inactive"
    assert gone.status_transitions.deactivated_at is not None
    again = await options.deactivate_async(made.id)
    assert again.status_transitions.deactivated_at == gone.status_transitions.deactivated_at
    assert [each.id for each in (await options.list_async({"status": "inactive"})).data] == [made.id]
    assert (await options.list_async({"status": "active"})).data == []
    with pytest.raises(stripe.InvalidRequestError, match="at most 100 characters"):
        await options.create_async({"description": "x" * 101})


async def test_a_deactivated_option_cannot_be_configured(client: stripe.StripeClient, account: Account) -> None:
    option = account.portal.add_reason("We moved")
    await client.v1.billing.feedback_options.deactivate_async(option["id"])
    asked = {"enabled": True, "feedback_options": [option["id"]]}
    with pytest.raises(stripe.InvalidRequestError, match="is inactive"):
        await change(client, account, subscription_cancel={"cancellation_reason": asked})
