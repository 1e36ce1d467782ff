"""What a fresh read of a subscription says of its cancellation."""

from datetime import datetime, timedelta

from domain.billing.monthly_value import MonthlyValue, monthly_value
from domain.billing.periods import period_end
from domain.billing.subscription import Subscription
from domain.cancellations.case import Episode
from domain.cancellations.observation import Observation
from domain.cancellations.stored_case import Facts
from flows.ports import SubscriptionReading


def observe(reading: SubscriptionReading, *, version: int) -> Observation:
    """Return the observation that a read makes; `version` is the row's version when it was read."""
    subscription = reading.subscription
    return Observation(
        subscription_id=subscription.id,
        source="read",
        source_id=f"read:{subscription.id}:{version}",
        event_type=None,
        seen_at=reading.read_at,
        row_version=version,
        previous=None,
        status=subscription.status,
        created_at=subscription.created_at,
        canceled_at=subscription.canceled_at,
        cancel_at=subscription.cancel_at,
        cancel_at_period_end=subscription.cancel_at_period_end,
        ended_at=subscription.ended_at,
        cancellation=subscription.cancellation,
        collection_paused=subscription.collection_paused,
        first_period_ends_at=_first_period_ends_at(subscription),
    )


def _first_period_ends_at(subscription: Subscription) -> datetime | None:
    created_at = subscription.created_at
    ends = [period_end(created_at, item.price, anchor=created_at) for item in subscription.items]
    return max([*ends, subscription.trial_end_at or created_at]) if ends else None


def facts_of(reading: SubscriptionReading, *, plan: str) -> Facts:
    """Return what is kept of a read, and shown."""
    subscription, customer = reading.subscription, reading.customer
    return Facts(
        customer_id=subscription.customer_id,
        customer_name=customer.name,
        customer_email=customer.email,
        plan=plan,
        value=monthly_value(subscription, at=reading.read_at),
        started_at=subscription.started_at,
        status=subscription.status,
        livemode=subscription.livemode,
        customer_deleted=customer.deleted,
    )


def loss_of(subscription: Subscription, episode: Episode) -> MonthlyValue:
    """Compute what was lost as of just before the request; what ends at that very moment still counts."""
    just_before = episode.requested_at - timedelta(seconds=1)
    return monthly_value(subscription, at=just_before, paused=episode.was_paying is False)
