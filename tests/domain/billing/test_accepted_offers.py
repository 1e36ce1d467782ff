"""On whatever day an offer is accepted, Stripe gives away no more than was approved, and nobody pays more for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from domain.billing.subscription import Price
from domain.winback.offer import DiscountOffer, FreeMonths, Restart, SwitchPlan
from domain.winback.price_offer import price_offer, unlimited
from domain.winback.terms import OfferTerms
from tests.domain.billing.subscriptions import price
from tests.domain.billing.test_as_billed import ANYTHING, CYCLES, Customer, offers, running
from tests.domain.winback.leaving_customers import pricing
from tests.lanes import examples
from tests.sandbox.stripe.billed import item_id

LIFETIME = timedelta(days=14)


@settings(max_examples=examples(300))
@given(
    offer=offers,
    day=st.sampled_from(["05T09", "15T09", "28T09", "29T09", "30T23", "31T00"]),
    cycle=st.sampled_from([*CYCLES, ("week", 2), ("week", 1)]),
    amount=st.integers(1, 9999),
    runs=st.lists(running, max_size=2),
    phase=st.sampled_from(["pending", "trialing", "ended"]),
    after=st.integers(0, 12 * 24).map(lambda hours: timedelta(hours=hours)),
    waits=st.integers(0, int(LIFETIME.total_seconds())).map(lambda seconds: timedelta(seconds=seconds)),
    seats=st.sampled_from([2, 2, 2, 1, 3, 50]),
)
def test_nothing_is_redeemed_above_what_was_approved(
    *, offer: Any, after: timedelta, waits: timedelta, seats: int, **story: Any
) -> None:
    one, other = Customer(**story), Customer(**story)
    read = one.leave(after=after)
    at = _now(one)
    ends_at = None if one.over else read.ends_at
    until = at + LIFETIME if ends_at is None else min(at + LIFETIME, ends_at)
    lighter = _lighter(one, story)
    approved = price_offer(offer, pricing(read, lighter), ANYTHING, at=at, until=until)
    if not isinstance(approved, OfferTerms):
        return
    moment = min(at + waits, until - timedelta(minutes=1))
    if moment <= at:
        return
    for each in (one, other) if not one.over else ():
        if each is other:
            each.leave(after=after)
        each.books.wait(int(moment.timestamp()))
        each.books.update(each.subscription, items=[{"id": item_id(each.subscription), "quantity": seats}])
    if one.over:
        one.books.wait(int(moment.timestamp()))
        other.leave(after=after)
        other.books.wait(int(moment.timestamp()))
    priced = price_offer(approved.offer, pricing(one.read(), lighter), unlimited(ANYTHING), at=_now(one))
    if not isinstance(priced, OfferTerms) or priced.later_at is None:
        return
    if priced.is_dearer_than(approved):
        event("set aside")
        assert seats > 2
        assert not one.over
        return
    event("accepted")
    one.take_up(priced)
    other.take_up(None)
    billed, without = one.billed(until=priced.later_at), other.billed(until=priced.later_at)
    if isinstance(offer, DiscountOffer | FreeMonths):
        given = sum(total for _, total in without) - sum(total for _, total in billed)
        assert 0 <= given <= approved.cost.minor
    if isinstance(offer, DiscountOffer | FreeMonths | SwitchPlan | Restart):
        assert all(mine <= theirs for (_, mine), (_, theirs) in zip(billed, without, strict=True))


def _now(customer: Customer) -> datetime:
    return datetime.fromtimestamp(customer.books.now, UTC)


def _lighter(customer: Customer, story: dict[str, Any]) -> Price:
    interval, count = story["cycle"]
    return price(
        str(customer.lighter["unit_amount"]), name=customer.lighter["id"], every=(count, interval), product="light"
    )
