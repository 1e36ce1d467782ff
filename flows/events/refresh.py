"""Reading subscriptions again that may have changed."""

from dataclasses import dataclass
from datetime import datetime

from flows.cancellations.track_case import CaseTracker
from flows.effects import RefreshCustomer, RefreshSubscription
from flows.failures import ignore_missing
from flows.outbox.dispatcher import Attempt
from flows.ports.context import Context


@dataclass(frozen=True, slots=True)
class SubscriptionRefresh:
    """Runs `RefreshSubscription` and `RefreshCustomer`."""

    context: Context
    tracker: CaseTracker

    async def subscription(self, effect: RefreshSubscription, attempt: Attempt, now: datetime) -> None:
        """Read one subscription; one that Stripe no longer knows stays as it was seen last."""
        with ignore_missing():
            await self.tracker.refresh(effect.subscription_id, now=now)

    async def customer(self, effect: RefreshCustomer, attempt: Attempt, now: datetime) -> None:
        """Read all of a customer's subscriptions that have not ended, if Stripe still knows the customer."""
        with ignore_missing():
            for subscription in await self.context.billing.subscriptions_of(effect.customer_id):
                if subscription.ended_at is None:
                    await self.tracker.refresh(subscription.id, now=now)
