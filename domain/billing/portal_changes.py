"""What a customer changed at Stripe between two reads: before they opened the portal, and after they came back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.billing.subscription import Customer, Subscription

PortalChange = Literal["card", "details", "plan", "cancelled", "kept", "paused", "resumed"]
"""`kept`: a cancellation was taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionState:
    """What of a subscription may be changed in the portal."""

    prices: tuple[str, ...]  # "price × quantity"
    ending: bool
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalState:
    """What of a customer may be changed in the portal; `cards` and `details` are digests."""

    cards: str
    details: str
    subscriptions: Mapping[str, SubscriptionState]


def portal_state(
    customer: Customer, subscriptions: Sequence[Subscription], *, digest: Callable[[str], str]
) -> PortalState:
    """Return the state of a customer; `digest` hides what is theirs."""
    cards = [card and card.fingerprint for card in (customer.card, *(each.card for each in subscriptions))]
    return PortalState(
        cards=digest(repr(cards)),
        details=digest(repr((customer.email, customer.name, customer.country))),
        subscriptions={each.id: _state(each) for each in subscriptions},
    )


def portal_changes(before: PortalState, after: PortalState) -> tuple[PortalChange, ...]:
    """Return what differs, each kind once; subscriptions that were started meanwhile don't count."""
    return tuple(dict.fromkeys(_changes(before, after)))


def _changes(before: PortalState, after: PortalState) -> Iterator[PortalChange]:
    if before.cards != after.cards:
        yield "card"
    if before.details != after.details:
        yield "details"
    for subscription_id, was in before.subscriptions.items():
        now = after.subscriptions.get(subscription_id)
        if now is None:
            continue
        if was.prices != now.prices:
            yield "plan"
        if was.ending != now.ending:
            yield "cancelled" if now.ending else "kept"
        if was.paused != now.paused:
            yield "paused" if now.paused else "resumed"


def _state(subscription: Subscription) -> SubscriptionState:
    over = subscription.ended_at is not None or subscription.status == "canceled"
    return SubscriptionState(
        prices=tuple(sorted(f"{item.price.id} × {item.quantity}" for item in subscription.items)),
        ending=over or subscription.cancel_at is not None or subscription.cancel_at_period_end,
        paused=subscription.collection_paused or subscription.status == "paused",
    )
