"""Is this customer active, and may this page of the portal be opened for them? Asked anew at every step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.billing.portal_access import (
    CustomerAccount,
    Deleted,
    NotActive,
    PortalFeatures,
    Purpose,
    PurposeRefused,
    Verdict,
    WrongMode,
    verify,
)
from domain.billing.subscription import Customer
from domain.ids import CustomerId, SubscriptionId
from flows.cancellations.track_case import FIRST_START
from flows.portal_links.answers import Candidate, FlowRefused, Inactive
from flows.ports.context import Context


@dataclass(frozen=True, slots=True)
class CustomerVerification:
    """Reads customers and their subscriptions afresh and asks the domain for its verdict."""

    context: Context

    async def account(self, customer_id: CustomerId) -> CustomerAccount:
        """Read a customer with all their subscriptions."""
        return await self.of(await self.context.billing.read_customer(customer_id))

    async def of(self, customer: Customer) -> CustomerAccount:
        """Read the subscriptions of a customer just read."""
        return CustomerAccount(
            customer=customer, subscriptions=await self.context.billing.subscriptions_of(customer.id)
        )

    async def verify(
        self, accounts: Sequence[CustomerAccount], *, purpose: Purpose, chosen: SubscriptionId | None
    ) -> Verdict:
        """Decide on what was just read; see `domain.billing.portal_access.verify`."""
        features = await self._features(purpose)
        return verify(
            accounts,
            purpose=purpose,
            chosen=chosen,
            features=features,
            statuses=self.context.settings.statuses,
            livemode=self.context.settings.livemode,
        )

    async def _features(self, purpose: Purpose) -> PortalFeatures:
        """Ask for the portal's configuration only where the answer matters."""
        if purpose is Purpose.HOME:
            return PortalFeatures(cancel=True, update_plan=True, pause=True, payment_method=True, details=True)
        return await self.context.billing.portal_features()

    def candidate(self, account: CustomerAccount) -> Candidate:
        """Say what tells one of several customers from the others."""
        live = account.live(self.context.settings.statuses)
        best = max(live, key=lambda one: one.created_at, default=account.last)
        return Candidate(customer=account.customer, subscription=best, live=bool(live))

    async def fresh_address(self, customer_id: CustomerId, *, now: datetime) -> datetime | None:
        """Say when the address changed, if lately; Stripe is asked only for the time before we were listening."""
        since = now - self.context.settings.fresh_address
        async with self.context.store.read() as unit:
            known = await unit.people.address_changed_at(customer_id)
            listening_since = await unit.checkpoints.get(FIRST_START)
        if known is not None and known > since:
            return known
        if listening_since is not None and listening_since <= since:
            return None
        changes = await self.context.billing.address_changes(customer_id, since=since)
        return changes[0].changed_at if changes else None


def refusal(verdict: NotActive | Deleted | WrongMode | PurposeRefused) -> Inactive | FlowRefused:
    """Put a verdict against a session into an answer."""
    match verdict:
        case NotActive(customer=customer):
            return Inactive(kind="not_active", customer=customer, last=verdict)
        case Deleted(customer=customer):
            return Inactive(kind="deleted", customer=customer, last=None)
        case WrongMode(customer=customer):
            return Inactive(kind="wrong_mode", customer=customer, last=None)
        case PurposeRefused(purpose=purpose, why=why, setting=setting):
            return FlowRefused(purpose=purpose, why=why, setting=setting)
