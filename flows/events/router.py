"""Which flow answers which kind of event; what is not named here is answered 200 and dropped."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from flows.cancellations.track_case import CaseTracker
from flows.events.address_change import AddressChanges
from flows.ports import StripeEvent
from flows.winback.offers.checkout import OfferCheckout

EventFlow = Callable[[StripeEvent, datetime], Awaitable[None]]

EVENT_TYPES = frozenset(
    {
        "customer.subscription.created",  # somebody may be back by a new subscription
        "customer.subscription.updated",  # a cancellation asked for, taken back, explained
        "customer.subscription.deleted",  # the end
        "customer.subscription.trial_will_end",  # seen on trial, so that an end without a card is told as what it is
        "customer.subscription.paused",  # what it is worth a month changes
        "customer.subscription.resumed",  # and may be a return
        "customer.updated",  # a fresh address must not be trusted with a link
        "checkout.session.completed",  # an offer was taken up after the end
    }
)


@dataclass(frozen=True, slots=True)
class EventRouter:
    """Hands a stored event to its flow; `checkouts` None: no offer can be taken up."""

    tracker: CaseTracker
    address_changes: AddressChanges
    checkouts: OfferCheckout | None

    async def route(self, event: StripeEvent, *, now: datetime) -> None:
        """Work off one event; its inbox row is finished in the transaction that keeps what followed."""
        if event.type.startswith("customer.subscription."):
            await self.tracker.track(event, now=now)
        elif event.type.startswith("checkout.session.") and self.checkouts is not None:
            await self.checkouts.completed(event, now=now)
        else:
            await self.address_changes.note(event, now=now)
