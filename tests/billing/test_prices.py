"""Prices that an offer may name: those the portal lets customers switch to, and one by its id."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest

from billing.stripe_billing import StripeBilling
from domain.ids import CustomerId
from flows.failures import Refused, Unavailable
from sandbox.server import Sandbox
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json


@dataclass
class Offered:
    """What the portal offers to switch to."""

    switching: Json
    lite: Json
    pro: Json
    team: Json


@pytest.fixture
def offered(account: Account) -> Iterator[Offered]:
    catalog = account.catalog
    first, second = catalog.add_product("Acme"), catalog.add_product("Acme for teams")
    lite, pro = catalog.add_price(first, 1900, "eur"), catalog.add_price(first, 4900, "eur")
    catalog.add_price(first, 2900, "eur", nickname="not on offer")
    team = catalog.add_price(second, None, "eur", tiers_mode="volume", tiers=[(5, 900, None), (None, 700, None)])
    switching = account.portal.configuration["features"]["subscription_update"]
    quantity = {"enabled": False, "minimum": 1, "maximum": None}
    switching["products"] = [
        {"product": first["id"], "prices": [lite["id"], pro["id"]], "adjustable_quantity": quantity},
        {"product": second["id"], "prices": [team["id"]], "adjustable_quantity": quantity},
    ]
    switching["enabled"] = True
    yield Offered(switching, lite, pro, team)
    switching |= {"enabled": False, "products": []}


async def test_switchable_prices_are_listed(offer_billing: StripeBilling, offered: Offered) -> None:
    found = {price.id: price for price in await offer_billing.catalog()}
    assert found.keys() == {offered.lite["id"], offered.pro["id"], offered.team["id"]}
    assert found[offered.lite["id"]].unit_amount == Decimal(1900)
    assert found[offered.lite["id"]].product_name == "Acme"
    assert [tier.up_to for tier in found[offered.team["id"]].tiers] == [5, None]


async def test_what_is_sold_no_more_is_left_out(offer_billing: StripeBilling, offered: Offered) -> None:
    offered.lite["active"] = False
    assert offered.lite["id"] not in {price.id for price in await offer_billing.catalog()}


async def test_no_prices_without_switching(offer_billing: StripeBilling, offered: Offered) -> None:
    offered.switching["enabled"] = False
    assert await offer_billing.catalog() == ()


@pytest.mark.usefixtures("offered")
async def test_no_prices_without_a_portal(offer_billing: StripeBilling, account: Account) -> None:
    account.portal.configuration["is_default"] = False
    try:
        assert await offer_billing.catalog() == ()
    finally:
        account.portal.configuration["is_default"] = True


async def test_prices_are_cached_for_a_minute(offer_billing: StripeBilling, offered: Offered, sandbox: Sandbox) -> None:
    failing = sandbox.faults.add("stripe", "/v1/prices", "status", times=None, status=503)
    with pytest.raises(Unavailable):
        await offer_billing.catalog()
    assert failing.hits > 0
    sandbox.faults.clear()
    first = await offer_billing.catalog()
    offered.switching["enabled"] = False
    assert await offer_billing.catalog() == first
    sandbox.clock.advance(timedelta(seconds=60))
    assert await offer_billing.catalog() == ()


async def test_one_price_is_read_by_its_id(offer_billing: StripeBilling, offered: Offered) -> None:
    (found,) = await offer_billing.price(offered.team["id"])
    assert (found.product_name, found.tiers_mode) == ("Acme for teams", "volume")


async def test_inactive_price_is_missing(offer_billing: StripeBilling, offered: Offered) -> None:
    offered.pro["active"] = False
    for price_id in ("price_nobody", offered.pro["id"]):
        with pytest.raises(Refused) as refused:
            await offer_billing.price(price_id)
        assert (refused.value.fault, refused.value.code) == ("request", "resource_missing")


async def test_disputed_payment_is_found(offer_billing: StripeBilling, account: Account) -> None:
    price = account.catalog.add_price(account.catalog.add_product("Disputed"), 900, "eur")
    angry, calm = (account.create_customer(email=f"{name}@acme-mail.com") for name in ("angry", "calm"))
    for customer in (angry, calm):
        account.cards.attach(customer)
        account.subscribe(customer, price)
    account.dispute(account.live_subscriptions(angry)[0])
    assert await offer_billing.has_dispute(CustomerId(angry["id"]))
    assert not await offer_billing.has_dispute(CustomerId(calm["id"]))
