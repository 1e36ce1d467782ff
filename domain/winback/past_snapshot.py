"""A case as it was at a moment in the past, to try a policy on it."""

from dataclasses import replace
from datetime import datetime

from domain.billing.subscription import Item, Subscription
from domain.cancellations.case import CaseState
from domain.cancellations.stored_case import Case
from domain.winback.decision import CaseSnapshot
from domain.winback.price_offer import phase_of


def snapshot_at(snapshot: CaseSnapshot, at: datetime) -> CaseSnapshot:
    """Return a case's snapshot as it was at a moment; consent and prices stay as they are now."""
    case, pricing = snapshot.case, snapshot.pricing
    episode = case.episode
    ended_at = episode.ended_at or pricing.subscription.ended_at
    state: CaseState = "pending"
    if episode.resumed_at is not None and episode.resumed_at <= at:
        state = "resumed"
    elif ended_at is not None and ended_at <= at:
        state = "ended"
    owned = case.owned_at is not None and case.owned_at <= at
    then = replace(
        case,
        episode=replace(episode, state=state),
        owner=case.owner if owned else None,
        owned_at=case.owned_at if owned else None,
    )
    subscription = pricing.subscription if state == "ended" else _before_its_end(pricing.subscription, then, at)
    return replace(
        snapshot, case=then, pricing=replace(pricing, subscription=subscription, phase=phase_of(subscription))
    )


def _before_its_end(subscription: Subscription, case: Case, at: datetime) -> Subscription:
    """Return a subscription as it was before it ended: paid up, or on trial."""
    end = case.episode.ended_at or case.episode.ends_at or subscription.ends_at or subscription.period_end_at
    trialing = subscription.trial_end_at is not None and at < subscription.trial_end_at
    return replace(
        subscription,
        status="trialing" if trialing else "active",
        ended_at=None,
        cancel_at=None if case.episode.state == "resumed" else end,
        cancel_at_period_end=False,
        items=tuple(_item_at(item, at, end) for item in subscription.items),
    )


def _item_at(item: Item, at: datetime, end: datetime | None) -> Item:
    if end is None or item.period_start <= at < item.period_end:
        return item
    length = item.period_end - item.period_start
    return replace(item, period_start=at, period_end=end if end > at else at + length)
