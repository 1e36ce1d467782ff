"""The coupon and the customer's own code are created once at Stripe, or the offer ends."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.winback.offer import DiscountOffer, Restart
from domain.winback.proposal import OfferRow
from flows.effects import PrepareOffer
from flows.winback.offers.prepare import promotion_code
from tests.databases import KEYRING
from tests.flows.winback.offers.presses import codes_of, nothing_was_sent
from tests.flows.winback.offers.winback import Winback


def discount(percent: int, invoices: int = 3) -> DiscountOffer:
    return DiscountOffer(percent=Decimal(percent), amount=None, invoices=invoices)


async def test_a_new_subscription_gets_its_own_code(winback: Winback) -> None:
    subscription, case = await winback.left()

    offer = await winback.sent(case)

    [code] = codes_of(winback, subscription)
    assert (code["id"], code["code"]) == (offer.promotion_code_id, offer.code)
    assert code["max_redemptions"] == 1
    assert winback.scribe.offers[0].code == offer.code
    assert re.fullmatch(r"BACK-[CDFGHJKMNPQRTVWXY34679]{4}-[CDFGHJKMNPQRTVWXY34679]{4}", offer.code or "")


async def test_offers_without_discount_make_no_coupon(winback: Winback) -> None:
    _, case = await winback.leaving()

    offer = await winback.sent(case, Restart())

    assert offer.coupon_id is None


async def test_a_foreign_coupon_ends_the_offer(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.approved(case, discount(17))
    assert offer.terms.coupon is not None
    winback.account.catalog.add_coupon(offer.terms.coupon.id, percent_off=71, duration="forever")

    [(effect, outcome)] = await winback.work("stripe")

    assert (effect, outcome.what) == (PrepareOffer(offer.id), "dead")
    assert "coupon" in (outcome.fault or "")
    await nothing_was_sent(winback, offer, "failed", "coupon_differs")


def take_code(winback: Winback, offer: OfferRow, number: int) -> None:
    coupon = offer.terms.coupon
    assert coupon is not None
    winback.account.promotion_codes.create(
        {
            "promotion": {"type": "coupon", "coupon": coupon.id},
            "code": promotion_code(KEYRING, offer.id, number=number, key_id=offer.key_id),
        }
    )


@pytest.mark.parametrize("taken", [1, 2])
async def test_a_colliding_code_is_replaced(winback: Winback, *, taken: int) -> None:
    await winback.sent((await winback.left())[1])  # by which the coupon is there
    winback.post.emails.clear()
    _, case = await winback.left()
    offer = await winback.approved(case)
    for number in range(taken):
        take_code(winback, offer, number)

    await winback.work()

    offer = await winback.offer(offer)
    assert (offer.state, offer.code) == ("sent", promotion_code(KEYRING, offer.id, number=taken, key_id=offer.key_id))


async def test_too_many_collisions_end_the_offer(winback: Winback) -> None:
    earlier = await winback.sent((await winback.left())[1])
    await winback.transitions.give_up(earlier.id, "over", why="expired", now=winback.now())
    winback.post.emails.clear()
    subscription, case = await winback.left()
    offer = await winback.approved(case)
    for number in range(3):
        take_code(winback, offer, number)

    [(effect, outcome)] = await winback.work("stripe")

    assert (effect, outcome.what) == (PrepareOffer(offer.id), "dead")
    await nothing_was_sent(winback, offer, "failed", "code_taken")
    assert codes_of(winback, subscription) == []


async def test_a_missing_permission_makes_it_wait(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.approved(case, discount(19))
    message = "The provided key does not have the required permissions. Having the 'rak_coupon_write' permission would."
    winback.sandbox.faults.add("stripe", "/v1/coupons", "error", method="POST", status=403, message=message)

    [(_, outcome)] = await winback.work("stripe")

    assert outcome.what == "later"
    assert "rak_coupon_write" in (outcome.fault or "")
    assert (await winback.offer(offer)).state == "sending"
    async with winback.store.begin() as unit:
        assert "stripe" in await unit.outbox.paused()
        await unit.outbox.resume("stripe")
        await unit.commit()
    winback.sandbox.clock.advance(timedelta(minutes=1))
    await winback.work()
    assert (await winback.offer(offer)).state == "sent"


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "garbage", "status"])
async def test_a_passing_fault_doubles_nothing(winback: Winback, kind: str) -> None:
    subscription, case = await winback.left()
    offer = await winback.approved(case)
    for path in ("/v1/coupons", "/v1/promotion_codes"):
        winback.sandbox.faults.add("stripe", path, kind, method="POST", status=500)  # type: ignore[arg-type]  # its kinds

    for _ in range(4):
        await winback.work()
        winback.sandbox.clock.advance(timedelta(seconds=30))

    assert (await winback.offer(offer)).state == "sent"
    assert len(codes_of(winback, subscription)) == len(winback.post.emails) == 1
