"""Checkout Sessions: what may be asked for, what they show, and how they end."""

from datetime import timedelta
from typing import Any

import pytest
import stripe

from sandbox.seed import CUSTOMERS
from sandbox.server import Sandbox
from sandbox.stripe.account import Account

SVEN = CUSTOMERS["sven"].id  # whose subscription has ended
PRO = "price_SeedProEur"
HOUR = 3600


def asked(**more: Any) -> Any:
    return {
        "mode": "subscription",
        "customer": SVEN,
        "line_items": [{"price": PRO, "quantity": 1}],
        "success_url": "https://northwind-mail.com/back?session={CHECKOUT_SESSION_ID}",
        **more,
    }


async def test_a_session_shows_what_is_bought_and_what_is_due(
    reader: stripe.StripeClient, shared_sandbox: Sandbox
) -> None:
    session = await reader.v1.checkout.sessions.create_async(
        asked(
            line_items=[{"price": PRO, "quantity": 2}, {"price": "price_SeedStarterEur", "quantity": 1}],
            discounts=[{"coupon": "FRIENDS"}],
            client_reference_id="offer-1",
            metadata={"case": "7"},
            cancel_url="https://northwind-mail.com/no",
            locale="de",
            expand=["line_items", "customer", "discounts.coupon"],
        )
    )
    assert (session.status, session.payment_status, session.mode, session.ui_mode) == (
        "open", "unpaid", "subscription", "hosted_page",
    )  # fmt: skip
    assert session.url == f"{shared_sandbox.stripe_api_url}/checkout/{session.id}"
    assert session.id.startswith("cs_test_")
    assert (session.client_reference_id, session.locale) == ("offer-1", "de")
    assert session.metadata is not None
    assert session.metadata["case"] == "7"
    assert session.expires_at == session.created + 24 * HOUR
    assert (session.amount_subtotal, session.amount_total, session.currency) == (10700, 8560, "eur")
    assert session.total_details is not None
    assert (session.total_details.amount_discount, session.total_details.amount_tax) == (2140, 0)
    assert session.discounts is not None
    assert isinstance(session.discounts[0].coupon, stripe.Coupon)
    assert session.line_items is not None
    assert [(each.description, each.quantity, each.amount_total) for each in session.line_items.data] == [
        ("Pro", 2, 7840),
        ("Starter", 1, 720),
    ]


async def test_what_is_billed_by_usage_costs_nothing_today(reader: stripe.StripeClient) -> None:
    session = await reader.v1.checkout.sessions.create_async(
        asked(line_items=[{"price": "price_SeedCalls"}], expand=["line_items"])
    )
    assert session.line_items is not None
    assert (session.amount_total, session.line_items.data[0].quantity) == (0, None)


@pytest.mark.parametrize(
    ("more", "param", "words"),
    [
        ({"mode": "payment"}, "mode", "must be one of subscription"),
        ({"customer": "cus_nobody"}, "customer", "No such customer"),
        ({"line_items": [{"price": "price_none", "quantity": 1}]}, "line_items[0][price]", "No such price"),
        ({"line_items": [{"price": PRO}]}, "line_items[0][quantity]", "Quantity is required"),
        (
            {"line_items": [{"price": "price_SeedCalls", "quantity": 1}]},
            "line_items[0][quantity]",
            "should not be defined when",
        ),
        (
            {"line_items": [{"price": PRO, "quantity": 1}, {"price": "price_SeedProUsd", "quantity": 1}]},
            "line_items[1][price]",
            "expected currency: `eur`",
        ),
        ({"success_url": "northwind"}, "success_url", "Not a valid URL"),
        ({"discounts": [{"coupon": "FRIENDS"}, {"coupon": "SPRING"}]}, "discounts", "only apply one discount"),
        ({"discounts": [{"coupon": "NONE"}]}, "discounts[0][coupon]", "No such coupon"),
        (
            {"discounts": [{"coupon": "FRIENDS"}], "allow_promotion_codes": True},
            "allow_promotion_codes",
            "You may only specify one of these parameters: allow_promotion_codes, discounts.",
        ),
        (
            {"discounts": [{"coupon": "FRIENDS", "promotion_code": "promo_1"}]},
            "discounts[0]",
            "You may only specify one of these parameters: coupon, promotion_code.",
        ),
        ({"expires_at": 29 * 60}, "expires_at", "at least 30 minutes"),
        ({"expires_at": 24 * HOUR + 60}, "expires_at", "less than 24 hours"),
        ({"return_url": "https://x.com"}, "return_url", "unknown parameter"),
    ],
)
async def test_what_cannot_be_sold_is_refused(
    reader: stripe.StripeClient, shared_sandbox: Sandbox, more: dict[str, Any], param: str, words: str
) -> None:
    if "expires_at" in more:
        more = {"expires_at": int(shared_sandbox.clock.now().timestamp()) + more["expires_at"]}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await reader.v1.checkout.sessions.create_async(asked(**more))
    assert (refused.value.http_status, refused.value.param) == (400, param)
    assert words in str(refused.value.user_message)


async def test_a_price_no_longer_sold_is_refused(client: stripe.StripeClient, account: Account) -> None:
    account.ledger.get("price", PRO)["active"] = False
    with pytest.raises(stripe.InvalidRequestError, match="The price specified is inactive"):
        await client.v1.checkout.sessions.create_async(asked())


async def test_sessions_are_found_by_customer_and_status(client: stripe.StripeClient) -> None:
    first = await client.v1.checkout.sessions.create_async(asked())
    second = await client.v1.checkout.sessions.create_async(asked())
    await client.v1.checkout.sessions.create_async(asked(customer=CUSTOMERS["dana"].id))
    await client.v1.checkout.sessions.expire_async(first.id)
    listed = await client.v1.checkout.sessions.list_async({"customer": SVEN, "status": "open"})
    assert [each.id for each in listed.data] == [second.id]


async def test_an_open_session_is_expired_once_by_the_call(client: stripe.StripeClient, account: Account) -> None:
    session = await client.v1.checkout.sessions.create_async(asked())
    expired = await client.v1.checkout.sessions.expire_async(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert account.events[-1]["type"] == "checkout.session.expired"
    with pytest.raises(stripe.InvalidRequestError, match="This Checkout Session has a status of `expired`"):
        await client.v1.checkout.sessions.expire_async(session.id)
    with pytest.raises(stripe.InvalidRequestError, match="No such session: 'cs_none'"):
        await client.v1.checkout.sessions.expire_async("cs_none")


async def test_the_clock_expires_a_session_in_its_turn_among_all_that_falls_due(
    client: stripe.StripeClient, account: Account, sandbox: Sandbox
) -> None:
    session = await client.v1.checkout.sessions.create_async(asked())
    sandbox.clock.advance(timedelta(days=10))
    after = [event for event in account.events if event["created"] >= session.created]
    assert [event["created"] for event in after] == sorted(event["created"] for event in after)
    [expired] = [event for event in after if event["type"] == "checkout.session.expired"]
    assert expired["created"] == session.expires_at
    assert expired["data"]["object"]["status"] == "expired"
    assert "line_items" not in expired["data"]["object"]


async def test_lines_that_checkout_takes_no_more_of(reader: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="greater than or equal to 1"):
        await reader.v1.checkout.sessions.create_async(asked(line_items=[{"price": PRO, "quantity": 0}]))
    mixed = [{"price": PRO, "quantity": 1}, {"price": "price_SeedProYear", "quantity": 1}]
    with pytest.raises(stripe.InvalidRequestError, match="different billing intervals"):
        await reader.v1.checkout.sessions.create_async(asked(line_items=mixed))


async def test_automatic_tax_needs_an_address_or_asks_for_one(client: stripe.StripeClient, account: Account) -> None:
    nowhere = account.create_customer(email="nowhere@acme-mail.com")
    wanted: Any = asked(customer=nowhere["id"], automatic_tax={"enabled": True})
    with pytest.raises(stripe.InvalidRequestError, match="requires a valid address") as refused:
        await client.v1.checkout.sessions.create_async(wanted)
    assert refused.value.code == "customer_tax_location_invalid"

    session = await client.v1.checkout.sessions.create_async(wanted | {"customer_update": {"address": "auto"}})
    assert session.automatic_tax.status == "requires_location_inputs"
    kept = account.ledger.get("checkout.session", session.id)
    account.checkout.take_address(kept, "DE")
    assert (kept["amount_total"], kept["total_details"]["amount_tax"]) == (4900, 782)
    account.checkout.complete(kept, account.cards.attach(nowhere))
    assert account.live_subscriptions(nowhere)[0]["automatic_tax"]["enabled"]


async def test_what_the_new_subscription_keeps(client: stripe.StripeClient, account: Account) -> None:
    kept = {
        "metadata": {"workspace_id": "w_81"},
        "description": "Pro for w_81",
        "on_behalf_of": "acct_1Seller",
        "transfer_data": {"destination": "acct_1Seller"},
        "application_fee_percent": 5,
    }
    session = await client.v1.checkout.sessions.create_async(
        asked(subscription_data=kept, line_items=[{"price": PRO, "quantity": 1, "tax_rates": ["txr_SeedGermany"]}])
    )
    assert session.amount_total == 5831
    account.checkout.complete(account.ledger.get("checkout.session", session.id), None)
    [made] = account.live_subscriptions(account.ledger.get("customer", SVEN))
    assert {name: made[name] for name in kept} == kept
    assert made["items"]["data"][0]["tax_rates"][0]["id"] == "txr_SeedGermany"
    del kept["transfer_data"]
    with pytest.raises(stripe.InvalidRequestError, match="application_fee_percent"):
        await client.v1.checkout.sessions.create_async(asked(subscription_data=kept))
