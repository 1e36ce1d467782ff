"""When an offer's email goes out, and at which moments the offer can be accepted."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import takewhile

from domain.billing.billing_schedule import Course
from domain.winback.offer import OfferPhase
from domain.winback.policy import Policy
from domain.winback.sending_hours import next_open
from domain.winback.terms import OfferTerms

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
REMINDER_DISTANCE = timedelta(days=1)
"""How long after an offer's email its reminder is sent at the earliest."""
CHECKOUT_OPEN_FOR = timedelta(hours=23)
"""How long a Checkout session stays open; Stripe allows 24 hours at most."""


def sending_time(policy: Policy, send_at: datetime | None, *, by_email: bool, now: datetime) -> datetime:
    """Return when an offer approved now is sent: at the chosen time, and not before it could have been held.

    An email waits for the sending hours too.
    """
    if not by_email:
        return max(now, send_at or now)
    earliest = now + policy.limits.approval_hold
    chosen = max(earliest, send_at or earliest)
    if policy.zone is None:
        return chosen
    return next_open(policy.limits.hours, policy.zone, chosen)


def expiry_time(policy: Policy, phase: OfferPhase, *, sends_at: datetime, useful_until: datetime | None) -> datetime:
    """Return when an offer expires: after its lifetime, and never after the end of what it would prolong."""
    expires = sends_at + policy.limits.offer_lifetime
    ends = useful_until if phase != "ended" else None
    return expires if ends is None else min(expires, ends)


def reminder_time(policy: Policy, *, sent_at: datetime, expires_at: datetime) -> datetime | None:
    """Return when the reminder of an offer is sent, or None if there is to be none.

    It keeps the sending hours and a day's distance from the offer's own email.
    """
    before = policy.limits.remind_before_end
    if not before or policy.zone is None:
        return None
    at = next_open(policy.limits.hours, policy.zone, expires_at - before)
    return at if sent_at + REMINDER_DISTANCE <= at < expires_at else None


def last_acceptance(
    policy: Policy, phase: OfferPhase, *, decided_by: datetime, send_at: datetime | None, ends_at: datetime | None
) -> datetime:
    """Return the last moment at which an offer decided by then can be accepted; Checkout may stay open for longer."""
    sends_at = sending_time(policy, send_at, by_email=True, now=decided_by)
    expires = expiry_time(policy, phase, sends_at=sends_at, useful_until=ends_at)
    return expires + CHECKOUT_OPEN_FOR if phase == "ended" else expires


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


def _on(day: datetime, clock: time) -> datetime:
    return datetime.combine(day.date(), clock)
