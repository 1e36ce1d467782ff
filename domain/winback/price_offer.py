"""Price an offer for one subscription: real invoice dates, their amounts, and the worst-case cost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from domain.billing.billing_schedule import Course, Due
from domain.billing.pricing import is_known
from domain.billing.subscription import Discount, Subscription
from domain.money import Money
from domain.winback.offer import (
    CallBack,
    DiscountOffer,
    ExtendTrial,
    FreeMonths,
    NoOffer,
    Offer,
    OfferKind,
    OfferPhase,
    Pause,
    Restart,
    SwitchPlan,
    kind_of,
)
from domain.winback.offer_lifetime import acceptance_moments
from domain.winback.offer_projection import OfferProjection
from domain.winback.policy import Limits
from domain.winback.terms import ImpossibleOffer, OfferTerms, PricingContext

POSSIBLE_PHASES: dict[OfferKind, frozenset[OfferPhase]] = {
    "discount": frozenset({"pending", "trialing", "ended"}),
    "free_months": frozenset({"pending", "ended"}),
    "switch_plan": frozenset({"pending", "trialing", "ended"}),
    "pause": frozenset({"pending"}),
    "extend_trial": frozenset({"trialing"}),
    "restart": frozenset({"pending", "trialing", "ended"}),
    "call_back": frozenset({"pending", "trialing", "ended"}),
    "no_offer": frozenset(),
}
"""The phases in which each kind of offer is possible."""

_MANY = 1_000


def phase_of(subscription: Subscription) -> OfferPhase:
    """Return whether a subscription has ended, is on trial, or is paid up until its end."""
    if subscription.ended_at is not None:
        return "ended"
    return "trialing" if subscription.status == "trialing" else "pending"


def price_offer(
    offer: Offer, pricing: PricingContext, limits: Limits, *, at: datetime, until: datetime | None = None
) -> OfferTerms | ImpossibleOffer:
    """Return an offer's terms if it were accepted at `at`, or why it isn't possible.

    Amounts are before tax and after running discounts. A coupon applies to every invoice within its months, counted
    from `at` as Stripe does. `until` is the last moment at which the offer can be accepted: the cost is the highest of
    any moment until then. None: it is that of `at`.
    """
    terms = _priced_at(offer, pricing, limits, at, told=True)
    if not isinstance(terms, OfferTerms) or terms.way == "call" or until is None or until <= at:
        return terms
    moments = acceptance_moments(terms, _course(pricing, at), at=at, until=until)
    accepted = (
        _priced_at(terms.offer, _later(pricing, moment), unlimited(limits), moment, told=False) for moment in moments
    )
    return _at_most(terms, (each for each in accepted if isinstance(each, OfferTerms)))


def _later(pricing: PricingContext, at: datetime) -> PricingContext:
    """Return what an offer will be priced for at a moment: an invoice before it has used up what is for one invoice."""
    subscription = pricing.subscription
    if pricing.phase == "ended" or all(item.period_end > at for item in subscription.items):
        return pricing
    items = tuple(
        replace(item, discounts=_lasting(item.discounts)) if item.period_end <= at else item
        for item in subscription.items
    )
    inherited = subscription.customer_discount
    billed = replace(
        subscription,
        items=items,
        discounts=_lasting(subscription.discounts),
        customer_discount=None if inherited is None or inherited.duration == "once" else inherited,
    )
    return replace(pricing, subscription=billed)


def _lasting(discounts: tuple[Discount, ...]) -> tuple[Discount, ...]:
    return tuple(discount for discount in discounts if discount.duration != "once")


def _at_most(terms: OfferTerms, dearer: Iterator[OfferTerms]) -> OfferTerms:
    """Return an offer's terms at the highest cost of all: its own, and those on other days."""
    most = terms
    for each in dearer:
        if each.charge.minor > most.charge.minor:
            most = each
    return replace(terms, cost=most.cost, gives_up=most.gives_up, most_invoices=most.most_invoices)


def unlimited(limits: Limits) -> Limits:
    """Return limits that no longer hold back an offer, once it is approved."""
    return replace(limits, percent=Decimal(100), invoices=_MANY, second_discount=True)


def _priced_at(
    offer: Offer, pricing: PricingContext, limits: Limits, at: datetime, *, told: bool
) -> OfferTerms | ImpossibleOffer:
    course = _course(pricing, at)
    if pricing.phase not in POSSIBLE_PHASES[kind_of(offer)]:
        return ImpossibleOffer(why="phase", detail=pricing.phase)
    hindrance = _unpriceable(pricing, course)
    if isinstance(offer, CallBack):
        return _call_terms(offer, pricing.phase, course, next(course.dues()) if hindrance is None else None, at=at)
    return hindrance or _priced(offer, OfferProjection(pricing=pricing, limits=limits, at=at, course=course, told=told))


def _course(pricing: PricingContext, at: datetime) -> Course:
    if pricing.phase == "ended":
        return Course.bought(pricing.subscription, at=at)
    return Course.resumed(pricing.subscription, at=at)


def _unpriceable(pricing: PricingContext, course: Course) -> ImpossibleOffer | None:
    """Return why nobody can know what will be paid, or None."""
    if not course.items:
        return ImpossibleOffer(why="no_end_known")
    if not all(is_known(item.price, item.quantity) for item in course.items):
        return ImpossibleOffer(why="metered")
    if not course.is_known():
        return ImpossibleOffer(why="discount_unknown")
    if pricing.subscription.collection_paused and pricing.phase != "ended":
        return ImpossibleOffer(why="already_paused")
    return None


def _priced(offer: Offer, ahead: OfferProjection) -> OfferTerms | ImpossibleOffer:
    match offer:
        case DiscountOffer():
            return ahead.discount(offer)
        case FreeMonths():
            return ahead.free_months(offer)
        case SwitchPlan():
            return ahead.switch_plan(offer)
        case Pause():
            return ahead.pause(offer)
        case ExtendTrial():
            return ahead.extend_trial(offer)
        case Restart():
            return ahead.unchanged(offer)
        case CallBack() | NoOffer():
            raise ValueError("this offer changes no invoice")


def _call_terms(
    offer: CallBack, phase: OfferPhase, course: Course, following: Due | None, *, at: datetime
) -> OfferTerms:
    """Return a call's terms, which give nothing away; `following` is the next invoice if it is known."""
    nothing = Money(0, course.currency)
    return OfferTerms(
        offer=offer,
        phase=phase,
        way="call",
        accepted_at=at,
        invoices=(),
        cost=nothing,
        later=nothing if following is None else course.amount(following),
        later_at=None if following is None else following.at,
        price=course.only_price,
    )
