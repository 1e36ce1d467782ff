"""Offers in words: what is given, on which invoices, and what it costs at worst."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from domain.money import Money
from domain.winback.offer import (
    CallBack,
    DiscountOffer,
    ExtendTrial,
    FreeMonths,
    NoOffer,
    Offer,
    Pause,
    Restart,
    SwitchPlan,
)
from domain.winback.terms import OfferTerms
from wording.dates import day
from wording.grammar import count, listed
from wording.money import money
from wording.plan import price_name
from wording.sanitize import one_line

_INTERVALS = {("month", 3): "a quarter", ("month", 6): "every half year", ("month", 12): "a year"}


def offer_words(offer: Offer) -> str:
    """Return what an offer is, for any reader: "20% off 3 invoices", "a pause of 2 months"; goes on after a colon."""
    match offer:
        case DiscountOffer():
            return f"{_off(offer)} {_invoices(offer.invoices)}"
        case FreeMonths():
            return count(offer.months, "free month")
        case SwitchPlan():
            return "a lighter plan at its full price" if offer.price_id is None else f"the price {offer.price_id}"
        case Pause():
            return f"a pause of {count(offer.months, 'month')}"
        case ExtendTrial():
            return f"{count(offer.days, 'more day')} of trial"
        case Restart():
            if offer.shipped is None:
                return "going on at the same price"
            return f"going on at the same price, since {one_line(offer.shipped)} is there now"
        case CallBack():
            return "a personal talk"
        case NoOffer():
            return "no offer"


def short_words(terms: OfferTerms) -> str:
    """Return what an offer is for one subscription in a few words, without its dates: "Basic at €19 a month"."""
    if isinstance(terms.offer, SwitchPlan) and terms.price is not None:
        return f"{price_name(terms.price)} at {money(terms.later)} {every(terms)}"
    return offer_words(terms.offer)


def terms_words(terms: OfferTerms, *, zone: tzinfo = UTC) -> str:
    """Return what an offer is for one subscription, with its dates: "20% off 3 invoices: 3 Dec, 3 Jan, 3 Feb"."""
    said = offer_words(terms.offer)

    def _day(moment: datetime) -> str:
        return day(moment, now=terms.accepted_at, zone=zone)

    match terms.offer:
        case DiscountOffer() | FreeMonths():
            return f"{said}: {', '.join(_day(each.at) for each in terms.invoices)}" if terms.invoices else said
        case SwitchPlan():
            return said if terms.price is None else f"{short_words(terms)}, without a new discount"
        case Pause():
            return said if terms.restarts_at is None else f"{said}: billing restarts on {_day(terms.restarts_at)}"
        case ExtendTrial():
            return said if terms.trial_ends_at is None else f"{said}, till {_day(terms.trial_ends_at)}"
        case _:
            return said


def brief_cost(terms: OfferTerms) -> str:
    """Return in a few words what an offer gives away or gives up at worst."""
    if isinstance(terms.offer, SwitchPlan):
        return less_words(terms, brief=True)
    if isinstance(terms.offer, Pause) and terms.charge.minor:
        return f"{money(terms.charge)} not billed"
    return f"at most {money(terms.cost)}" if terms.cost.minor else "no discount"


def total_cost(charges: Sequence[Money]) -> str:
    """Return the most that several offers give away and give up together, by currency: "at most €312"."""
    return f"at most {amounts(charges)}" if any(each.minor for each in charges) else "no discount"


def less_words(terms: OfferTerms, *, brief: bool = False) -> str:
    """Return what a cheaper plan brings in less: "€40 a month less (€49 → €9)"."""
    first = terms.invoices[0]
    less = f"{money(first.before - first.after)} {every(terms)} less"
    return less if brief else f"{less} ({money(first.before)} → {money(first.after)})"


def _off(discount: DiscountOffer) -> str:
    if discount.amount is not None:
        return f"{money(discount.amount)} off"
    return f"{percent(discount.percent)} off"


def percent(value: Decimal | None) -> str:
    """Write a percentage: "20%", "12.5%"."""
    return f"{(value or Decimal(0)).normalize():f}%"


def _invoices(number: int) -> str:
    return "the next invoice" if number == 1 else f"{number} invoices"


def every(terms: OfferTerms) -> str:
    """Return how often the amount after an offer is due: "a month", "a quarter"."""
    price = terms.price
    return "each time" if price is None else every_words(price.interval_count, price.interval)


def every_words(interval_count: int, interval: str) -> str:
    """Return how often something is due: "a month", "a quarter", "every 2 weeks"."""
    known = _INTERVALS.get((interval, interval_count))
    return known or (f"a {interval}" if interval_count == 1 else f"every {interval_count} {interval}s")


def amounts(each: Sequence[Money]) -> str:
    """Write amounts, added up per currency and never over two: "€312 and $20"; of none: "nothing"."""
    sums: dict[str, Money] = {}
    for amount in each:
        sums[amount.currency] = sums.get(amount.currency, Money(0, amount.currency)) + amount
    told = [money(amount) for amount in sums.values() if amount.minor]
    return listed(told) or "nothing"
