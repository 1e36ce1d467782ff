"""When an offer's email goes out, and until when the offer can be accepted."""

from datetime import datetime, timedelta

from domain.winback.offer import OfferPhase
from domain.winback.policy import Policy
from domain.winback.sending_hours import next_open

CHECKOUT_OPEN_FOR = timedelta(hours=23)
"""How long a Checkout session stays open; Stripe allows 24 hours at most."""


def sending_time(policy: Policy, send_at: datetime | None, *, by_email: bool, now: datetime) -> datetime:
    """Return when an offer approved now is sent: at the chosen time or now, as soon as the sending hours permit."""
    chosen = max(now, send_at or now)
    if not by_email or policy.zone is None:
        return chosen
    return next_open(policy.limits.hours, policy.zone, chosen)


def expiry_time(policy: Policy, phase: OfferPhase, *, sends_at: datetime, useful_until: datetime | None) -> datetime:
    """Return when an offer expires: after its lifetime, and never after the end of what it would prolong."""
    expires = sends_at + policy.limits.offer_lifetime
    ends = useful_until if phase != "ended" else None
    return expires if ends is None else min(expires, ends)


def last_acceptance(
    policy: Policy, phase: OfferPhase, *, decided_by: datetime, send_at: datetime | None, ends_at: datetime | None
) -> datetime:
    """Return the last moment at which an offer decided by then can be accepted; Checkout may stay open for longer."""
    sends_at = sending_time(policy, send_at, by_email=True, now=decided_by)
    expires = expiry_time(policy, phase, sends_at=sends_at, useful_until=ends_at)
    return expires + CHECKOUT_OPEN_FOR if phase == "ended" else expires
