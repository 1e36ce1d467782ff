"""What an event and a fresh read of a subscription say of its cancellation."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.billing.monthly_value import MonthlyValue, monthly_value
from domain.billing.periods import period_end
from domain.billing.subscription import Subscription
from domain.cancellations.case import Episode
from domain.cancellations.observation import Observation
from domain.cancellations.stored_case import Case, Facts
from domain.ids import CaseId
from domain.money import Money
from flows.ports import StripeEvent, SubscriptionReading
from flows.ports.context import Context
from flows.ports.store import SubscriptionRow


def observe(reading: SubscriptionReading, *, version: int) -> Observation:
    """Return the observation that a read makes; `version` is the row's version when it was read."""
    subscription = reading.subscription
    return Observation(
        subscription_id=subscription.id,
        source="read",
        source_id=f"read:{subscription.id}:{version}",
        seen_at=reading.read_at,
        row_version=version,
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


async def observe_event(context: Context, event: StripeEvent, reading: SubscriptionReading) -> Observation | None:
    """Return what an event shows, completed by a later read of its subscription; None where it can't be read."""
    seen = context.webhooks.observation(event)
    if seen is None:
        return None
    value = await _value_before(context, event, reading)
    return replace(seen, created_at=reading.subscription.created_at, value=value)  # older versions may lack the time


async def _value_before(context: Context, event: StripeEvent, reading: SubscriptionReading) -> MonthlyValue | None:
    """Return what a subscription was worth just before an event that shows a cancellation."""
    past = context.webhooks.past_terms(event)
    if past is None:
        return None
    was = await context.billing.as_it_was(reading, past)
    if was is None:
        nothing = Money(0, reading.subscription.currency)
        return MonthlyValue(now=nothing, would_be=nothing, usage_based=False, known=False)
    return monthly_value(was, at=past.at)


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
        latest_invoice_id=subscription.latest_invoice_id,
    )


def loss_of(subscription: Subscription, episode: Episode) -> MonthlyValue:
    """Compute what was lost as of just before the request; what ends at that very moment still counts."""
    just_before = episode.requested_at - timedelta(seconds=1)
    return monthly_value(subscription, at=just_before, paused=episode.was_paying is False)


def new_case(
    case_id: CaseId, row: SubscriptionRow, episode: Episode, *, loss: MonthlyValue | None, silent: bool
) -> Case:
    """Return a case to store, with which nobody has done anything yet."""
    return Case(
        id=case_id,
        subscription_id=row.id,
        person_id=row.person_id,
        episode=episode,
        silent=silent,
        version=1,
        loss=loss,
    )
