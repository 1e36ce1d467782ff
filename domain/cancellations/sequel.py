"""What a person subscribes to besides a cancelled subscription: did they switch, stay with another, or come back?

An example, with Pro requested to end at 12:00:

1. Business was started at 11:59:58 or 12:40: they switched. Within an hour, before or after, is one decision.
2. Lite has been live since last year: they are still subscribed to it, and what Pro brought is lost.
3. Pro was started again the day after: they are back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.cancellations.stored_case import CustomerReturn
from domain.ids import SubscriptionId

AT_THE_REQUEST = timedelta(hours=1)
"""How far from the request another subscription may start to be what they switched to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSubscription:
    """Another subscription of the same person.

    `was_live`: it was active or trialing at some time; `is_live`: it is in use now. `left_at` is when its cancellation
    was requested; None if that never happened or was taken back.
    """

    id: SubscriptionId
    created_at: datetime
    was_live: bool
    is_live: bool
    left_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """They switched to another subscription: what is lost or gained is the difference.

    `several`: it replaced others of theirs as well; `shared`: its value counts for one of those.
    """

    subscription_id: SubscriptionId
    several: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StillSubscribed:
    """They keep another subscription that they had before: one of several was lost."""

    subscription_id: SubscriptionId


Sequel = CustomerReturn | Switch | StillSubscribed


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """What decides the sequel of a case: the request, or the end without one, and whether it was taken back.

    `offered_at` is when an offer was first made in this case: what was started since is a return, not a switch.
    """

    subscription_id: SubscriptionId
    requested_at: datetime
    resumed_at: datetime | None
    offered_at: datetime | None


def sequel_of(departure: Departure, subscriptions: Iterable[OtherSubscription]) -> Sequel | None:
    """Return what became of a case's person, whose subscriptions these are, or None: they are gone, or will be."""
    if departure.resumed_at is not None:
        return CustomerReturn(
            at=departure.resumed_at, subscription_id=departure.subscription_id, same_subscription=True
        )
    asked_at = departure.requested_at
    subscriptions = sorted(subscriptions, key=lambda each: (each.created_at, each.id))
    switch = _switch(departure, subscriptions)
    if switch is not None:
        return switch
    others = [each for each in subscriptions if each.id != departure.subscription_id]
    later = [other for other in others if other.was_live and other.created_at > asked_at]
    if later:
        return CustomerReturn(at=later[0].created_at, subscription_id=later[0].id, same_subscription=False)
    kept = [other for other in others if other.is_live and other.left_at is None]
    return StillSubscribed(subscription_id=kept[-1].id) if kept else None


def _switch(departure: Departure, subscriptions: Sequence[OtherSubscription]) -> Switch | None:
    """Return the start nearest to the request that replaces nothing left before, else the nearest; None without one.

    Two that were left and two that were started are told apart by this, and one that replaces two counts once.
    """
    own = departure.subscription_id
    left = [(each.left_at, each.id) for each in subscriptions if each.left_at is not None and each.id != own]
    offered_at = departure.offered_at and departure.offered_at.replace(microsecond=0)  # Stripe counts seconds
    replaced = dict[SubscriptionId, list[SubscriptionId]]()  # by what they started
    for left_at, each in sorted([*left, (departure.requested_at, own)]):
        started = [
            other.id
            for other in _started(each, left_at, subscriptions)
            if each != own or offered_at is None or other.created_at < offered_at
        ]
        for nearest in ([other for other in started if other not in replaced] or started)[:1]:
            replaced.setdefault(nearest, []).append(each)
    return next(
        (
            Switch(subscription_id=new, several=len(olds) > 1, shared=olds[0] != own)
            for new, olds in replaced.items()
            if own in olds
        ),
        None,
    )


def _started(
    left: SubscriptionId, left_at: datetime, subscriptions: Iterable[OtherSubscription]
) -> list[OtherSubscription]:
    """Return what was started around the time at which one subscription was left, the nearest first."""
    around = [
        each
        for each in subscriptions
        if each.id != left
        and each.was_live
        and abs(each.created_at - left_at) <= AT_THE_REQUEST
        and (each.left_at is None or each.left_at > left_at)
    ]
    return sorted(around, key=lambda each: (abs(each.created_at - left_at), each.created_at, each.id))
