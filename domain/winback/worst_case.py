"""The most an offer can cost: over every moment at which it can still be accepted."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import takewhile

from domain.billing.billing_schedule import Course
from domain.winback.terms import OfferTerms

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


def acceptance_moments(terms: OfferTerms, course: Course, *, at: datetime, until: datetime) -> Iterator[datetime]:
    """Yield moments from `at` to `until`, among them the dearest one to accept an offer; `course` begins at `at`.

    What an offer costs changes only as an invoice is issued and, for a coupon that repeats, as its months end. Those
    are counted from the day of acceptance, so every day is tried just before and just after the time of an invoice: a
    month from 30 November holds five of a weekly plan's invoices, a month from 1 February four.
    """
    yield until
    if terms.coupon is None or terms.coupon.months is None:
        yield from takewhile(lambda moment: moment <= until, (due.at for due in course.dues()))
        return
    times = sorted({start.timetz() for start in course.starts})
    day = at
    while day.date() <= until.date():
        for clock in times:
            moment = _on(day, clock)
            yield from (each for each in (moment - _SECOND, moment + _SECOND) if at <= each <= until)
        day += _DAY


def at_most(terms: OfferTerms, dearer: Iterator[OfferTerms]) -> OfferTerms:
    """Return an offer's terms at the highest cost of all: its own, and those on other days."""
    most = terms
    for each in dearer:
        if each.charge.minor > most.charge.minor:
            most = each
    return replace(terms, cost=most.cost, gives_up=most.gives_up, most_invoices=most.most_invoices)


def _on(day: datetime, clock: time) -> datetime:
    return datetime.combine(day.date(), clock)
