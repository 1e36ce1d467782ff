"""The portal: what its configuration allows, and how each purpose is asked for."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from billing.stripe_billing import StripeBilling
from domain.billing.portal_access import PortalFeatures, Purpose
from domain.ids import CustomerId, SubscriptionId
from flows.failures import Refused
from sandbox.server import Sandbox
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json

FLOWS = {
    Purpose.HOME: None,
    Purpose.CARD: "payment_method_update",
    Purpose.CANCEL: "subscription_cancel",
    Purpose.PLAN: "subscription_update",
    Purpose.PAUSE: "subscription_pause",
    Purpose.DETAILS: "customer_update",
}


@pytest.fixture
def subscription(account: Account) -> Json:
    customer = account.create_customer(email="dana@acme-mail.com")
    account.cards.attach(customer)
    price = account.catalog.add_price(account.catalog.add_product("Pro"), 4900, "eur")
    return account.subscribe(customer, price)


@pytest.fixture
def everything_on(account: Account) -> Iterator[dict[str, Any]]:
    features: dict[str, Any] = account.portal.configuration["features"]
    before = {name: feature["enabled"] for name, feature in features.items()}
    for feature in features.values():
        feature["enabled"] = True
    yield features
    for name, enabled in before.items():
        features[name]["enabled"] = enabled


async def session_for(
    billing: StripeBilling, account: Account, subscription: Json, purpose: Purpose, return_url: str | None
) -> Json:
    url = await billing.open_portal(
        customer_id=CustomerId(subscription["customer"]),
        purpose=purpose,
        subscription_id=SubscriptionId(subscription["id"]),
        return_url=return_url,
        idempotency_key=account.ledger.new_id("request"),
    )
    (session,) = account.ledger.all("billing_portal.session", url=url)
    assert session["customer"] == subscription["customer"]
    assert session["after_expiration"]["type"] == "customer_login"
    return session


@pytest.mark.usefixtures("everything_on")
@pytest.mark.parametrize("purpose", Purpose)
async def test_each_purpose_opens_its_page(
    purpose: Purpose, billing: StripeBilling, account: Account, subscription: Json
) -> None:
    session = await session_for(billing, account, subscription, purpose, "https://pay.acme-mail.com/back/x")
    assert session["return_url"] == "https://pay.acme-mail.com/back/x"
    kind = FLOWS[purpose]
    if kind is None:
        assert session["flow"] is None
        return
    assert session["flow"]["type"] == kind
    if purpose.needs_subscription:
        assert session["flow"][kind]["subscription"] == subscription["id"]
    assert session["flow"]["after_completion"]["type"] == "redirect"
    assert session["flow"]["after_completion"]["redirect"]["return_url"] == "https://pay.acme-mail.com/back/x"


async def test_stripe_confirms_without_a_return_url(
    billing: StripeBilling, account: Account, subscription: Json
) -> None:
    session = await session_for(billing, account, subscription, Purpose.CARD, None)
    assert session["return_url"] is None
    assert session["flow"]["after_completion"]["type"] == "hosted_confirmation"


async def test_a_flow_about_a_subscription_needs_one(billing: StripeBilling, subscription: Json) -> None:
    with pytest.raises(ValueError, match="cancel needs a subscription"):
        await billing.open_portal(
            customer_id=CustomerId(subscription["customer"]),
            purpose=Purpose.CANCEL,
            subscription_id=None,
            return_url=None,
            idempotency_key="never-sent",
        )


async def test_portal_is_read_once_a_minute(
    billing: StripeBilling, account: Account, sandbox: Sandbox, everything_on: dict[str, Any]
) -> None:
    everything_on["subscription_pause"]["enabled"] = False
    first = await billing.portal_features()
    assert first == PortalFeatures(cancel=True, update_plan=True, pause=False, payment_method=True, details=True)
    everything_on["subscription_pause"]["enabled"] = True
    assert await billing.portal_features() == first
    sandbox.clock.advance(timedelta(seconds=60))
    assert (await billing.portal_features()).pause


@pytest.fixture
async def configured(account: Account, sandbox: Sandbox) -> Any:
    """A second configuration beside the default one, named by its id in the settings."""
    own: Json = {**account.portal.configuration, "id": account.ledger.new_id("billing_portal.configuration")}
    own |= {"is_default": False, "features": {name: {**each} for name, each in own["features"].items()}}
    own["features"]["subscription_cancel"]["enabled"] = False
    account.ledger.add(own)
    gateway = StripeBilling(
        api_key=account.access.restricted_key,
        url=sandbox.stripe_api_url,
        configuration=own["id"],
        event_types=[],
        timeout=timedelta(seconds=1),
        calls_per_second=1000,
        clock=sandbox.clock.now,
    )
    yield gateway, own
    await gateway.close()


async def test_configured_portal_is_used(
    configured: tuple[StripeBilling, Json], account: Account, subscription: Json
) -> None:
    billing, own = configured
    assert not (await billing.portal_features()).cancel
    session = await session_for(billing, account, subscription, Purpose.HOME, None)
    assert session["configuration"] == own["id"]


async def test_a_portal_never_set_up_is_told_in_words(billing: StripeBilling, account: Account) -> None:
    account.portal.configuration["is_default"] = False
    try:
        with pytest.raises(Refused) as refused:
            await billing.portal_features()
    finally:
        account.portal.configuration["is_default"] = True
    assert refused.value.code == "portal_not_saved"
    assert "PORTAL_CONFIGURATION" in refused.value.why
