"""A subscription's status in words."""

from datetime import datetime, tzinfo

from domain.billing.subscription import Subscription
from wording.dates import day
from wording.reason import why

# All statuses of Stripe's Subscription.
_STATUS = {
    "active": "active",
    "trialing": "in trial",
    "past_due": "payment overdue",
    "unpaid": "unpaid",
    "paused": "paused",
    "canceled": "canceled",
    "incomplete": "first payment not finished",
    "incomplete_expired": "never paid for",
}


def status(value: str) -> str:
    """Return one of Stripe's statuses; an unknown one as it is."""
    return _STATUS.get(value, value)


def status_line(subscription: Subscription, *, now: datetime, zone: tzinfo) -> str:
    """Return a subscription's status, with its end and the reason for it.

    "active", "active, ends on 3 Dec, reason: too expensive", "in trial until 3 Dec", "active, payments paused",
    "canceled on 3 Nov, reason: too expensive".
    """
    said = status(subscription.status)
    ends_at = subscription.ends_at
    if subscription.ended_at is not None:
        said += f" on {day(subscription.ended_at, now=now, zone=zone)}"
    elif ends_at is not None:
        said += f", ends on {day(ends_at, now=now, zone=zone)}"
    elif subscription.status == "trialing" and subscription.trial_end_at is not None:
        said += f" until {day(subscription.trial_end_at, now=now, zone=zone)}"
    if subscription.collection_paused and subscription.ended_at is None:
        said += ", payments paused"
    reason = why(subscription.cancellation) if ends_at is not None else None
    return f"{said}, reason: {reason}" if reason else said
