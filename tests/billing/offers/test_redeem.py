"""Accepting an offer, and undoing it: one update each; repeating it changes nothing more."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from domain.billing.periods import add_months
from domain.billing.subscription import Subscription
from domain.money import Money
from domain.winback.offer import ExtendTrial, Pause, SwitchPlan
from domain.winback.terms import OfferTerms
from flows.failures import Refused, Unclear
from sandbox.server import Sandbox
from sandbox.stripe.ledger import Json
from tests.billing.offers.terms import coupon, discounted, terms
from tests.billing.shop import Shop

TWENTY = discounted(coupon("20"))


DrawUp = Callable[[Shop, Json], Awaitable[OfferTerms]]


async def discount(_shop: Shop, _made: Json) -> OfferTerms:
    return TWENTY


async def longer_trial(shop: Shop, made: Json) -> OfferTerms:
    end = (await shop.read(made)).trial_end_at
    assert end is not None
    return terms(ExtendTrial(days=14), phase="trialing", trial_ends_at=end + timedelta(days=14))


async def pause(shop: Shop, made: Json) -> OfferTerms:
    read = await shop.read(made)
    assert read.period_end_at is not None
    return terms(Pause(months=2), restarts_at=add_months(read.period_end_at, 2, day=read.anchor_at.day))


async def lighter_plan(shop: Shop, _made: Json) -> OfferTerms:
    (lite,) = await shop.billing.price(shop.lite["id"])
    return terms(SwitchPlan(price_id=lite.id), price=lite)


@pytest.mark.parametrize("flexible", [True, False])
async def test_un_cancelling_clears_one_field(flexible: bool, shop: Shop) -> None:
    made = shop.leaving(flexible=flexible)
    reading = await shop.accept(terms(), made)
    assert shop.updates == [{"cancel_at": ""} if flexible else {"cancel_at_period_end": "false"}]
    assert reading.subscription.ends_at is None
    assert reading.customer.email == "dana@acme-mail.com"
    assert reading.subscription == await shop.read(made)


async def test_discount_is_added_to_running_ones(shop: Shop) -> None:
    loyal = shop.account.catalog.add_coupon("LOYAL", percent_off=10, duration="forever")
    made = shop.leaving(coupons=[loyal])
    (running,) = (await shop.read(made)).discounts
    found = (await shop.accept(TWENTY, made)).subscription
    assert len(shop.updates) == 1
    assert found.ends_at is None
    assert [each.coupon_id for each in found.discounts] == ["LOYAL", "winback-20pct-3m"]
    assert found.discounts[0] == running


async def test_customers_own_discount_is_sent_along(shop: Shop) -> None:
    """The subscription would lose what it inherits as soon as it gets a discount of its own."""
    loyal = shop.account.catalog.add_coupon("KEPT", percent_off=10, duration="forever")
    made = shop.leaving()
    customer = shop.account.ledger.get("customer", made["customer"])
    shop.account.discounts.give(customer, loyal)
    before = await shop.read(made)
    assert (before.discounts, before.customer_discount is not None) == ((), True)

    found = (await shop.accept(TWENTY, made)).subscription

    assert [each.coupon_id for each in found.discounts] == [loyal["id"], "winback-20pct-3m"]
    assert shop.updates[-1]["discounts"][0] == {"discount": customer["discount"]["id"]}
    again = await shop.put_back(TWENTY, before)
    assert (again.discounts, again.customer_discount) == (before.discounts, before.customer_discount)
    assert shop.updates[-1]["discounts"] == ""


@pytest.mark.parametrize("draw_up", [discount, lighter_plan, pause, longer_trial])
async def test_new_key_doubles_nothing(draw_up: DrawUp, shop: Shop) -> None:
    made = shop.leaving(trial_end=shop.account.ledger.now + 5 * 86_400)
    offer = await draw_up(shop, made)
    first = await shop.accept(offer, made, attempt=1)
    again = await shop.accept(offer, made, attempt=2)
    assert len(shop.updates) == 1
    assert again.subscription == first.subscription


async def test_lost_update_is_done_once(shop: Shop, sandbox: Sandbox) -> None:
    made = shop.leaving()
    sandbox.faults.add("stripe", f"/v1/subscriptions/{made['id']}", "drop_after", method="POST")
    with pytest.raises(Unclear):
        await shop.accept(TWENTY, made, attempt=1)
    reading = await shop.accept(TWENTY, made, attempt=2)
    assert [each.coupon_id for each in reading.subscription.discounts] == ["winback-20pct-3m"]


async def test_customers_own_change_is_kept(shop: Shop) -> None:
    made = shop.leaving()
    shop.account.take_back(made)
    await shop.accept(TWENTY, made)
    assert shop.updates == [{"discounts": [{"coupon": "winback-20pct-3m"}]}]


async def test_smaller_plan_keeps_the_quantity(shop: Shop, sandbox: Sandbox) -> None:
    made = shop.leaving((shop.pro, 3))
    offer = await lighter_plan(shop, made)
    (item,) = (await shop.accept(offer, made)).subscription.items
    assert (item.price, item.quantity) == (offer.price, 3)
    sandbox.clock.advance(timedelta(days=32))
    assert [each["total"] for each in shop.account.invoices.of(made)] == [3 * 4900, 3 * 1900]


async def test_pause_ends_before_the_next_invoice(shop: Shop, sandbox: Sandbox) -> None:
    made = shop.leaving()
    offer = await pause(shop, made)
    found = (await shop.accept(offer, made)).subscription
    assert found.collection_paused
    assert found.resumes_at is not None
    assert offer.restarts_at is not None
    assert timedelta() < offer.restarts_at - found.resumes_at < timedelta(days=1)
    sandbox.clock.move_to(offer.restarts_at + timedelta(hours=2))
    assert [each["status"] for each in shop.account.invoices.of(made)] == ["paid", "void", "void", "paid"]


async def test_a_trial_goes_on(shop: Shop) -> None:
    made = shop.leaving(trial_end=shop.account.ledger.now + 5 * 86_400)
    offer = await longer_trial(shop, made)
    found = (await shop.accept(offer, made)).subscription
    assert (found.status, found.trial_end_at, found.ends_at) == ("trialing", offer.trial_ends_at, None)


async def test_one_that_has_ended_is_refused(shop: Shop) -> None:
    made = shop.left()
    with pytest.raises(Refused) as refused:
        await shop.accept(terms(), made)
    assert (refused.value.fault, refused.value.code) == ("request", "subscription_over")
    assert shop.updates == []


async def test_other_currency_is_refused(shop: Shop) -> None:
    made = shop.leaving()
    found = await shop.read(made)
    with pytest.raises(Refused) as refused:
        await shop.accept(discounted(coupon(None, amount=Money(500, "usd"), months=None)), made)
    assert refused.value.fault == "request"
    assert await shop.read(made) == found


async def undone(shop: Shop, offer: OfferTerms, made: Json) -> set[str]:
    """Take an offer up and undo it twice; name what is not as before."""
    before = await shop.read(made)
    await shop.accept(offer, made)
    after = await shop.put_back(offer, before, attempt=1)
    assert await shop.put_back(offer, before, attempt=2) == after
    assert len(shop.updates) == 2
    return {name for name in Subscription.__slots__ if getattr(before, name) != getattr(after, name)}


@pytest.mark.parametrize("flexible", [True, False])
@pytest.mark.parametrize("loyal", [True, False])
async def test_undo_of_discount_restores_the_end(flexible: bool, loyal: bool, shop: Shop) -> None:
    add = shop.account.catalog.add_coupon
    coupons = [add(f"LOYAL-{flexible}", percent_off=10, duration="forever")] if loyal else []
    made = shop.leaving(flexible=flexible, coupons=coupons)
    assert await undone(shop, TWENTY, made) <= {"canceled_at", "cancellation"}


@pytest.mark.parametrize("draw_up", [lighter_plan, pause])
async def test_a_lighter_plan_and_a_pause_are_undone(draw_up: DrawUp, shop: Shop) -> None:
    made = shop.leaving((shop.pro, 2))
    assert await undone(shop, await draw_up(shop, made), made) <= {"canceled_at", "cancellation"}


async def test_a_longer_trial_is_undone(shop: Shop) -> None:
    made = shop.leaving(trial_end=shop.account.ledger.now + 5 * 86_400)
    assert await undone(shop, await longer_trial(shop, made), made) <= {"canceled_at", "cancellation"}


async def test_earlier_discount_stays(shop: Shop) -> None:
    made = shop.leaving()
    first = (await shop.accept(TWENTY, made)).subscription
    shop.account.portal_cancel(made, "unused")
    before = await shop.read(made)
    assert (await shop.accept(TWENTY, made, attempt=2)).subscription.discounts == first.discounts
    assert (await shop.put_back(TWENTY, before)).discounts == first.discounts


async def test_what_others_did_since_is_left_alone(shop: Shop) -> None:
    made = shop.leaving()
    before = await shop.read(made)
    await shop.accept(TWENTY, made)
    shop.account.catalog.add_coupon("SORRY", percent_off=5, duration="forever")
    kept = [{"discount": each} for each in made["discounts"]]
    shop.account.subscriptions.update(made, {"discounts": [*kept, {"coupon": "SORRY"}]})
    assert [each.coupon_id for each in (await shop.put_back(TWENTY, before)).discounts] == ["SORRY"]


async def test_there_is_no_way_back_once_it_has_ended(shop: Shop) -> None:
    made = shop.leaving()
    before = await shop.read(made)
    await shop.accept(terms(), made)
    shop.account.cancel_now(made)
    with pytest.raises(Refused) as refused:
        await shop.put_back(terms(), before)
    assert refused.value.code == "subscription_over"
