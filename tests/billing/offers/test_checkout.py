"""Checkout sessions for those whose subscription has ended."""

from datetime import timedelta
from typing import Any

import pytest

from domain.ids import SubscriptionId
from domain.winback.offer import SwitchPlan
from domain.winback.terms import OfferTerms
from flows.failures import Refused, Unclear
from flows.ports import CheckoutSession
from sandbox.server import Sandbox
from sandbox.stripe.ledger import Json
from tests.billing.offers.terms import OFFER, coupon, discounted, terms
from tests.billing.shop import Shop

ANEW: dict[str, Any] = {"phase": "ended", "way": "checkout"}
PAGE = "https://pay.acme-mail.com/o/x"


async def opened(
    shop: Shop, offer: OfferTerms, made: Json, *, code: str | None = None, key: str = "1"
) -> CheckoutSession:
    """Open a session for an hour."""
    expires_at = shop.account.clock.now().replace(second=0, microsecond=0) + timedelta(hours=1)
    return await shop.billing.open_checkout(
        SubscriptionId(made["id"]),
        offer,
        offer_id=OFFER,
        promotion_code_id=code,
        success_url=f"{PAGE}?back",
        cancel_url=PAGE,
        expires_at=expires_at,
        idempotency_key=f"{made['id']}:checkout:{key}",
    )


def kept(shop: Shop, session: CheckoutSession) -> Json:
    return shop.account.ledger.get("checkout.session", session.id)


def buy(shop: Shop, session: CheckoutSession) -> None:
    """Press *Subscribe*."""
    found = kept(shop, session)
    shop.account.checkout.complete(found, shop.account.ledger.all("payment_method", customer=found["customer"])[0])


async def test_session_sells_the_same_items(shop: Shop) -> None:
    made = shop.left((shop.pro, 3))
    session = await opened(shop, terms(**ANEW), made)
    found = kept(shop, session)
    assert (session.status, session.url, session.subscription_id) == ("open", found["url"], None)
    assert session.expires_at - shop.account.clock.now() > timedelta(minutes=58)
    assert found["client_reference_id"] == str(OFFER)
    assert found["metadata"] == {"winback_offer": str(OFFER)}
    assert (found["success_url"], found["cancel_url"]) == (f"{PAGE}?back", PAGE)
    assert found["amount_total"] == 3 * 4900
    buy(shop, session)
    done = await shop.billing.read_checkout(session.id)
    assert (done.status, done.url) == ("complete", None)
    assert done.subscription_id is not None
    bought = (await shop.billing.read_subscription(done.subscription_id)).subscription
    assert [(item.price.id, item.quantity) for item in bought.items] == [(shop.pro["id"], 3)]
    assert shop.account.ledger.get("subscription", bought.id)["metadata"] == {"winback_offer": str(OFFER)}


async def test_items_beyond_a_page_are_sold_too(shop: Shop) -> None:
    made = shop.left(*(_plan(shop, number) for number in range(12)))
    session = await opened(shop, terms(**ANEW), made)
    assert kept(shop, session)["amount_total"] == 12 * 100


async def test_more_than_twenty_plans_are_refused(shop: Shop) -> None:
    made = shop.left(*(_plan(shop, number) for number in range(21)))
    with pytest.raises(Refused):
        await opened(shop, terms(**ANEW), made)


def _plan(shop: Shop, number: int) -> Json:
    catalog = shop.account.catalog
    return catalog.add_price(catalog.add_product(f"Plan {number}"), 100, "eur")


async def test_successor_keeps_notes_and_description(shop: Shop) -> None:
    notes = {"workspace_id": "w_81", "winback_offer": "an earlier one"}
    made = shop.left(metadata=notes, description="Team plan of Acme")
    share = {"amount_percent": 80, "destination": "acct_seller"}
    made |= {"transfer_data": share, "on_behalf_of": "acct_seller"}

    session = await opened(shop, terms(**ANEW), made)
    buy(shop, session)

    [bought] = [each for each in shop.account.ledger.all("subscription", customer=made["customer"]) if each != made]
    assert bought["metadata"] == {"workspace_id": "w_81", "winback_offer": str(OFFER)}
    assert bought["description"] == "Team plan of Acme"
    assert (bought["transfer_data"], bought["on_behalf_of"]) == (share, "acct_seller")


async def test_customers_code_is_used(shop: Shop) -> None:
    made = shop.left()
    offer = discounted(coupon("20"), **ANEW)
    assert offer.coupon is not None
    offer_billing = shop.billing
    await offer_billing.coupon(offer.coupon, idempotency_key="coupon")
    code = await offer_billing.promotion_code(
        coupon_id=offer.coupon.id,
        customer_id=(await shop.read(made)).customer_id,
        code="BACK-7KQM",
        offer_id=OFFER,
        expires_at=shop.account.clock.now() + timedelta(days=14),
        idempotency_key="code",
    )
    session = await opened(shop, offer, made, code=code.id)
    assert kept(shop, session)["discounts"] == [{"coupon": None, "promotion_code": code.id}]
    buy(shop, session)
    done = await offer_billing.read_checkout(session.id)
    assert done.subscription_id is not None
    bought = (await shop.billing.read_subscription(done.subscription_id)).subscription
    assert [each.coupon_id for each in bought.discounts] == [offer.coupon.id]
    assert not shop.account.ledger.get("promotion_code", code.id)["active"]


async def test_coupon_is_used_without_a_code(shop: Shop) -> None:
    offer = discounted(coupon("30"), **ANEW)
    assert offer.coupon is not None
    await shop.billing.coupon(offer.coupon, idempotency_key="coupon-30")
    session = await opened(shop, offer, shop.left())
    assert kept(shop, session)["discounts"] == [{"coupon": offer.coupon.id, "promotion_code": None}]
    assert kept(shop, session)["amount_total"] == 3430


async def test_another_plan_and_the_tax_go_along(shop: Shop) -> None:
    rate = shop.account.catalog.add_tax_rate(19, "DE", "USt", identifier="txr_de")
    (lite,) = await shop.billing.price(shop.lite["id"])
    made = shop.left((shop.pro, 2), tax_rates=[rate])
    session = await opened(shop, terms(SwitchPlan(price_id=lite.id), price=lite, **ANEW), made)
    assert kept(shop, session)["amount_total"] == 2 * 1900 + 722
    buy(shop, session)
    bought = shop.account.ledger.get("subscription", kept(shop, session)["subscription"])
    assert [each["id"] for each in bought["default_tax_rates"]] == ["txr_de"]


async def test_metered_usage_is_sold_without_a_quantity(shop: Shop) -> None:
    product = shop.account.catalog.add_product("Calls")
    metered = shop.account.catalog.add_price(product, 3, "eur", usage_type="metered")
    session = await opened(shop, terms(**ANEW), shop.left(shop.pro, metered))
    buy(shop, session)
    assert kept(shop, session)["status"] == "complete"


async def test_the_same_key_gives_the_same_session(shop: Shop, sandbox: Sandbox) -> None:
    made = shop.left()
    sandbox.faults.add("stripe", "/v1/checkout/sessions", "drop_after", method="POST")
    with pytest.raises(Unclear):
        await opened(shop, terms(**ANEW), made)
    first = await opened(shop, terms(**ANEW), made)
    assert len(shop.account.ledger.all("checkout.session", customer=made["customer"])) == 1
    assert (await opened(shop, terms(**ANEW), made, key="2")).id != first.id


async def test_closed_session_stays_closed(shop: Shop) -> None:
    session = await opened(shop, terms(**ANEW), shop.left())
    closed = await shop.billing.expire_checkout(session.id)
    assert (closed.status, closed.url) == ("expired", None)
    assert await shop.billing.expire_checkout(session.id) == closed


async def test_completed_session_stays_complete(shop: Shop) -> None:
    session = await opened(shop, terms(**ANEW), shop.left())
    buy(shop, session)
    found = await shop.billing.expire_checkout(session.id)
    assert found.status == "complete"
    assert found.subscription_id is not None


async def test_one_that_cannot_be_closed_is_told(shop: Shop, sandbox: Sandbox) -> None:
    session = await opened(shop, terms(**ANEW), shop.left())
    sandbox.faults.add("stripe", f"/v1/checkout/sessions/{session.id}/expire", "error", status=400)
    with pytest.raises(Refused):
        await shop.billing.expire_checkout(session.id)


async def test_a_price_that_is_sold_no_more_is_refused(shop: Shop) -> None:
    old = shop.account.catalog.add_price(shop.account.catalog.add_product("Old"), 900, "eur")
    made = shop.left(old)
    old["active"] = False
    with pytest.raises(Refused) as refused:
        await opened(shop, terms(**ANEW), made)
    assert refused.value.fault == "request"
    assert not shop.account.ledger.all("checkout.session", customer=made["customer"])


async def test_taxes_are_sent(shop: Shop) -> None:
    made = shop.left()
    made["items"]["data"][0]["tax_rates"] = [shop.account.catalog.add_tax_rate(7, "DE", "USt", identifier="txr_books")]
    await opened(shop, terms(**ANEW), made)
    await shop.billing.preview(SubscriptionId(made["id"]), terms(**ANEW))
    (_, bought), (_, previewed) = shop.asked
    assert [each["tax_rates"] for each in bought["line_items"]] == [["txr_books"]]
    assert [each["tax_rates"] for each in previewed["subscription_details"]["items"]] == [["txr_books"]]


@pytest.mark.parametrize("country", ["DE", None])
async def test_stripe_tax_needs_an_address(shop: Shop, country: str | None) -> None:
    """Checkout asks for one that is missing; a preview can't, and leaves the tax open."""
    made = shop.left()
    made["automatic_tax"]["enabled"] = True
    address = None if country is None else {"country": country}
    shop.account.ledger.get("customer", made["customer"])["address"] = address
    await opened(shop, terms(**ANEW), made)
    await shop.billing.preview(SubscriptionId(made["id"]), terms(**ANEW))
    (_, bought), (_, previewed) = shop.asked
    assert bought["automatic_tax"] == {"enabled": "true"}
    assert ("automatic_tax" in previewed, bought.get("customer_update")) == (
        (False, {"address": "auto"}) if country is None else (True, None)
    )
