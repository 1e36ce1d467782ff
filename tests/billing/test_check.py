"""What `doctor` reports of the account: a line for each thing that is needed, and how to fix it."""

from collections.abc import Iterator

import pytest

from billing.client import is_live
from billing.stripe_billing import StripeBilling
from flows.events.router import EVENT_TYPES
from flows.health import Check
from sandbox.server import Sandbox
from sandbox.stripe.access import ACCOUNT_ID
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json
from tests.builders.stripe import stripe_billing
from tests.honesty.calls import calls_of_billing

PERMISSIONS = {
    "Stripe: read customers": "rak_customer_read",
    "Stripe: read subscriptions": "rak_subscription_read",
    "Stripe: read products": "rak_product_read",
    "Stripe: read prices": "rak_plan_read",
    "Stripe: read coupons": "rak_coupon_read",
    "Stripe: read invoices": "rak_invoice_read",
    "Stripe: read charges": "rak_charge_read",
    "Stripe: read events": "rak_event_read",
    "Stripe: customer portal": "rak_customer_portal_read",
}
WINBACK = {
    "Stripe: read promotion codes": "rak_promotion_code_read",
    "Stripe: read Checkout sessions": "rak_checkout_session_read",
    "Stripe: read feedback options": "rak_customer_portal_read",
}


URL = "https://billing.acme.com/stripe/webhook"
OLD_SHOP = ("https://shop.acme.com/stripe/webhook", "2020-08-27")
BOOKS = ("https://books.acme.com/hooks", None)
ENDPOINT = "Stripe: webhook endpoint"


async def checks(billing: StripeBilling, *, winback: bool = True, url: str | None = None) -> dict[str, Check]:
    return {check.name: check for check in await billing.check(winback=winback, webhook_url=url)}


async def test_a_well_account_has_nothing_to_mend(billing: StripeBilling) -> None:
    found = await checks(billing)
    assert PERMISSIONS.keys() | WINBACK.keys() <= found.keys()
    assert all(check.ok and not check.fix for check in found.values()), found
    assert "test-mode key, restricted" in found["Stripe key"].sentence
    assert "allows cancelling" in found["Stripe: customer portal"].sentence


async def test_without_win_back_nothing_is_asked_for_it(billing: StripeBilling) -> None:
    with_it, without = await checks(billing), await checks(billing, winback=False)
    assert with_it.keys() - without.keys() == WINBACK.keys()
    for permission in ("rak_subscription_write", "rak_coupon_write", "rak_promotion_code_write"):
        assert permission in with_it["Stripe key"].sentence
        assert permission not in without["Stripe key"].sentence
    assert "rak_customer_portal_write" in without["Stripe key"].sentence


@pytest.mark.parametrize(("name", "permission"), [*PERMISSIONS.items(), *WINBACK.items()])
async def test_missing_permission_is_named(
    name: str, permission: str, billing: StripeBilling, account: Account
) -> None:
    account.access.permissions.remove(permission)
    try:
        found = await checks(billing)
    finally:
        account.access.permissions.add(permission)
    assert not found[name].ok
    assert permission in found[name].sentence
    assert found[name].fix


async def test_every_read_is_checked(billing: StripeBilling, account: Account) -> None:
    seen: list[str] = []
    account.observers.append(lambda exchange: seen.append(exchange.path))
    await billing.check(winback=True, webhook_url=URL)
    account.observers.pop()
    reads = [path for method, path in map(str.split, calls_of_billing()) if method == "GET"]
    reads.remove("/v1/subscription_items")  # by the permission for subscriptions, and only of one that is named
    assert {path.removesuffix("/{}").removesuffix("/search") for path in reads} | {"/v1/account"} == set(seen)


async def test_unreachable_account_fails_each_check(billing: StripeBilling, sandbox: Sandbox) -> None:
    sandbox.faults.add("stripe", "/v1/*", "status", times=None, status=503)
    found = await checks(billing, url=URL)
    assert {name for name, check in found.items() if check.ok} == {"Stripe key", "Stripe: account", ENDPOINT}
    assert "Could not be checked" in found[ENDPOINT].sentence


@pytest.mark.parametrize("cancelling", [True, False])
async def test_a_portal_that_does_not_ask_why_is_named(
    cancelling: bool, billing: StripeBilling, account: Account
) -> None:
    feature = account.portal.configuration["features"]["subscription_cancel"]
    feature["cancellation_reason"]["enabled"], feature["enabled"] = False, cancelling
    try:
        found = (await checks(billing))["Stripe: reasons"]
    finally:
        feature["cancellation_reason"]["enabled"] = feature["enabled"] = True
    assert found.ok is not cancelling
    assert ("features.subscription_cancel.cancellation_reason.enabled" in found.fix) is cancelling
    assert cancelling is not found.needed
    assert ("by the API" in found.sentence) is not cancelling


@pytest.fixture
def others(account: Account) -> Iterator[None]:
    """The endpoints of the company's shop and its accounting, each with an API version of its own."""
    added = [account.webhooks.add(url, "whsec_x", api_version=version) for url, version in (OLD_SHOP, BOOKS)]
    yield
    for each in added:
        account.webhooks.remove(each)


@pytest.fixture
def ours(account: Account, others: None) -> Iterator[Json]:
    """This bot's endpoint, at an old version, beside the others."""
    types = [*EVENT_TYPES, "invoice.paid"]
    endpoint = account.webhooks.add(URL, "whsec_y", api_version="2024-06-20", enabled_events=types)
    yield endpoint.shown
    account.webhooks.remove(endpoint)


async def test_an_endpoints_version_is_only_mentioned(billing: StripeBilling, ours: Json) -> None:
    found = (await checks(billing, url=URL))[ENDPOINT]
    assert found.ok
    assert "It sends API version 2024-06-20;" in found.sentence
    assert "2020-08-27" not in found.sentence


async def test_an_address_is_the_same_in_other_letters(billing: StripeBilling, ours: Json) -> None:
    ours["url"] = "https://Billing.Acme.com:443/stripe/webhook"
    assert (await checks(billing, url=URL))[ENDPOINT].ok


async def test_without_a_webhook_of_ours_no_endpoint_matters(billing: StripeBilling, others: None) -> None:
    assert (await checks(billing, url=None))[ENDPOINT].ok


@pytest.mark.parametrize(
    ("changes", "sentence", "fix"),
    [
        ({"status": "disabled"}, f"The endpoint {URL} is disabled: Stripe sends it nothing.", "Enable it"),
        ({"url": "https://billing.acme.com/stripe"}, f"No endpoint of the account has this bot's URL, {URL}.", "Add"),
        ({"enabled_events": ["customer.updated"]}, "does not get these events: checkout.session.completed", "Add them"),
        ({"enabled_events": []}, "customer.updated", "Add them"),
    ],
)
async def test_a_faulty_endpoint_of_ours_is_told(
    changes: Json, sentence: str, fix: str, billing: StripeBilling, ours: Json
) -> None:
    ours |= changes
    found = (await checks(billing, url=URL))[ENDPOINT]
    assert not found.ok
    assert not found.needed
    assert sentence in found.sentence
    assert found.fix.startswith(fix)


async def test_an_endpoint_at_another_address_is_pointed_out(billing: StripeBilling, others: None) -> None:
    assert "at another address: shop.acme.com" in (await checks(billing, url=URL))[ENDPOINT].sentence


async def test_the_account_is_named(billing: StripeBilling, account: Account) -> None:
    assert (await checks(billing))["Stripe: account"].sentence.startswith(f"{ACCOUNT_ID};")


async def test_an_account_that_cannot_be_read_is_told(sandbox: Sandbox) -> None:
    sandbox.stripe.access.permissions.remove("rak_accounts_kyc_basic_read")
    billing = stripe_billing(sandbox)
    found = (await checks(billing))["Stripe: account"]
    sandbox.stripe.access.permissions.add("rak_accounts_kyc_basic_read")
    assert found.ok
    assert "all taken to be of another one" in found.sentence
    assert await billing.account_id() is None, "a failure is kept for a minute"
    await billing.close()


@pytest.mark.parametrize(
    ("key", "live"), [("rk_live_1", True), ("sk_live_1", True), ("rk_test_1", False), ("sk_test_live_1", False)]
)
def test_a_keys_mode_shows_in_its_prefix(key: str, live: bool) -> None:
    assert is_live(key) is live
