"""What an accepted offer costs by now: what was given so far, and what is still to come at today's seats and price."""

from dataclasses import replace
from datetime import datetime
from itertools import takewhile

from domain.billing.billing_schedule import Course
from domain.billing.subscription import Item, Subscription
from domain.money import Money
from domain.winback.terms import CouponTerms, OfferTerms


def true_cost(
    terms: OfferTerms, subscription: Subscription, *, given: Money, was: tuple[Item, ...] | None, at: datetime
) -> Money:
    """Return what an accepted offer costs, as things stand at a moment.

    `given` is what its coupon took off invoices so far. `was` are the items as they were when it was accepted, None if
    it was bought again: what gives no discount grows with their quantity, whatever the tiers of the price.
    """
    if terms.coupon is not None:
        return given + _still_to_come(terms.coupon, subscription, given=given, at=at)
    seats = _quantity(subscription.items)
    before = (terms.seats or 1) if was is None else _quantity(was)
    if seats <= before or not before:
        return terms.accepted_charge
    return Money(-(-terms.accepted_charge.minor * seats // before), terms.charge.currency)


def _still_to_come(coupon: CouponTerms, subscription: Subscription, *, given: Money, at: datetime) -> Money:
    """Return what a coupon will take off the invoices to come."""
    nothing = Money(0, given.currency)
    ours = [each for each in subscription.discounts if each.coupon_id == coupon.id and each.runs_at(at)]
    if not ours or subscription.ended_at is not None or (coupon.duration == "once" and given.minor):
        return nothing
    reduced = Course.resumed(subscription, at=at)
    if not reduced.items or not reduced.is_known():
        return nothing
    full = replace(reduced, discounts=tuple(each for each in reduced.discounts if each not in ours))
    ends = [each for each in (ours[0].ends_at, subscription.ends_at) if each is not None]
    if coupon.duration == "once" or not ends:
        dues = [next(reduced.dues())]
    else:
        dues = list(takewhile(lambda due: due.at < min(ends), reduced.dues()))
    return sum((full.amount(due) - reduced.amount(due) for due in dues if reduced.collects(due)), nothing)


def _quantity(items: tuple[Item, ...]) -> int:
    return sum(1 if item.quantity is None else item.quantity for item in items)
