"""Reading afresh what may have changed unseen."""

from datetime import datetime

from flows.cancellations.track_case import CaseTracker
from flows.effects import RefreshCustomer, RefreshSubscription
from flows.outbox.dispatcher import Attempt
from flows.ports import Billing


class SubscriptionRefresh:
    """The works behind `RefreshSubscription` and `RefreshCustomer`."""

    def __init__(self, *, billing: Billing, cancellations: CaseTracker) -> None:
        self._billing = billing
        self._cancellations = cancellations

    async def subscription(self, effect: RefreshSubscription, attempt: Attempt, now: datetime) -> None:
        """Read one subscription."""
        await self._cancellations.read_again(effect.subscription_id, now=now)

    async def customer(self, effect: RefreshCustomer, attempt: Attempt, now: datetime) -> None:
        """Read all of a customer's subscriptions that have not ended."""
        for subscription in await self._billing.subscriptions_of(effect.customer_id):
            if subscription.ended_at is None:
                await self._cancellations.read_again(subscription.id, now=now)
