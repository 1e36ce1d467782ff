"""Which flow handles which type of event. Other types are answered with 200 and dropped."""

from dataclasses import dataclass
from datetime import datetime

from flows.cancellations.track_case import CaseTracker
from flows.events.customer_change import CustomerChanges
from flows.ports import StripeEvent
from flows.winback.offers.checkout import OfferCheckout

EVENT_TYPES = frozenset(
    {
        "customer.subscription.created",  # a customer may be back with a new subscription
        "customer.subscription.updated",  # cancellation requested, taken back, explained
        "customer.subscription.deleted",  # the end
        "customer.subscription.trial_will_end",  # shows the trial, so that an end without a card is recognised
        "customer.subscription.paused",  # changes the monthly value
        "customer.subscription.resumed",  # the same, and may be a return
        "customer.updated",  # a new address must not be trusted with a link
        "customer.deleted",  # nothing can be offered to them any more
        "checkout.session.completed",  # an offer was accepted after the end
    }
)


@dataclass(frozen=True, slots=True)
class EventRouter:
    """Passes a stored event to its flow; `checkouts` None: no offer can be accepted."""

    tracker: CaseTracker
    customer_changes: CustomerChanges
    checkouts: OfferCheckout | None

    async def route(self, event: StripeEvent, *, now: datetime) -> None:
        """Handle one event; its inbox row is finished in the transaction of its changes."""
        if event.type.startswith("customer.subscription."):
            await self.tracker.track(event, now=now)
        elif event.type.startswith("checkout.session.") and self.checkouts is not None:
            await self.checkouts.completed(event, now=now)
        else:
            await self.customer_changes.record(event, now=now)
