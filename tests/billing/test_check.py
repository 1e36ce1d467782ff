"""What `doctor` is told of the account: a line for each thing that is needed, and how to mend it."""

import pytest

from billing.client import is_live
from billing.stripe_billing import StripeBilling
from flows.health import Check
from sandbox.server import Sandbox
from sandbox.stripe.account import Account
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


async def checks(billing: StripeBilling, *, winback: bool = True) -> dict[str, Check]:
    return {check.name: check for check in await billing.check(winback=winback)}


async def test_a_well_account_has_nothing_to_mend(billing: StripeBilling) -> None:
    found = await checks(billing)
    assert PERMISSIONS.keys() | WINBACK.keys() <= found.keys()
    assert all(check.ok and not check.mend for check in found.values()), found
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
    assert found[name].mend


async def test_every_read_is_checked(billing: StripeBilling, account: Account) -> None:
    seen: list[str] = []
    account.observers.append(lambda exchange: seen.append(exchange.path))
    await billing.check(winback=True)
    account.observers.pop()
    reads = [path for method, path in map(str.split, calls_of_billing()) if method == "GET"]
    assert {path.removesuffix("/{}").removesuffix("/search") for path in reads} == set(seen)


async def test_unreachable_account_fails_each_check(billing: StripeBilling, sandbox: Sandbox) -> None:
    sandbox.faults.add("stripe", "/v1/*", "status", times=None, status=503)
    found = await checks(billing)
    assert {name for name, check in found.items() if check.ok} == {"Stripe key", "Stripe: webhook endpoints"}


async def test_an_endpoint_of_another_version_is_told(billing: StripeBilling, sandbox: Sandbox) -> None:
    endpoint = sandbox.stripe.webhooks.add("http://127.0.0.1:9/stripe/webhook", "whsec_x")
    found = await checks(billing)
    assert found["Stripe: webhook endpoints"].ok
    sandbox.stripe.webhooks.remove(endpoint)


@pytest.mark.parametrize(
    ("key", "live"), [("rk_live_1", True), ("sk_live_1", True), ("rk_test_1", False), ("sk_test_live_1", False)]
)
def test_a_keys_mode_shows_in_its_prefix(key: str, live: bool) -> None:
    assert is_live(key) is live
