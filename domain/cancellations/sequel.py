"""What a person subscribes to besides a cancelled subscription: did they switch, stay with another, or come back?

An example, with Pro requested to end at 12:00:

1. Business was started at 11:59:58 or 12:40: they switched. Within an hour, before or after, is one decision.
2. Lite has been live since last year: they are still subscribed to it, and what Pro brought is lost.
3. Pro was started again the day after: they are back.
"""

from collections.abc import Iterable
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
    """They switched to another subscription: what is lost or gained is the difference."""

    subscription_id: SubscriptionId


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
    asked_at, offered_at = departure.requested_at, departure.offered_at
    theirs = (each for each in subscriptions if each.id != departure.subscription_id)
    others = sorted(theirs, key=lambda other: (other.created_at, other.id))
    started = [
        other
        for other in others
        if other.was_live
        and abs(other.created_at - asked_at) <= AT_THE_REQUEST
        and (other.left_at is None or other.left_at > asked_at)
        and (offered_at is None or other.created_at < offered_at)
    ]
    if started:
        return Switch(subscription_id=min(started, key=lambda other: abs(other.created_at - asked_at)).id)
    later = [other for other in others if other.was_live and other.created_at > asked_at]
    if later:
        return CustomerReturn(at=later[0].created_at, subscription_id=later[0].id, same_subscription=False)
    kept = [other for other in others if other.is_live and other.left_at is None]
    return StillSubscribed(subscription_id=kept[-1].id) if kept else None
