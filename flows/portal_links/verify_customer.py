"""Whether a customer is active and a page of the portal may be opened for them; checked at every step."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.billing.portal_access import CustomerAccount, PortalFeatures, Purpose, Verdict, verify
from domain.billing.subscription import Customer
from domain.ids import CustomerId, SubscriptionId
from flows.portal_links.answers import Candidate
from flows.ports.context import Context


@dataclass(frozen=True, slots=True)
class CustomerVerification:
    """Reads customers and their subscriptions, and decides by the domain's rules."""

    context: Context

    async def account(self, customer_id: CustomerId) -> CustomerAccount:
        """Read a customer with all subscriptions."""
        return await self.of(await self.context.billing.read_customer(customer_id))

    async def of(self, customer: Customer) -> CustomerAccount:
        """Read the subscriptions of a customer."""
        return CustomerAccount(
            customer=customer, subscriptions=await self.context.billing.subscriptions_of(customer.id)
        )

    async def verify(
        self, accounts: Sequence[CustomerAccount], *, purpose: Purpose, chosen: SubscriptionId | None
    ) -> Verdict:
        """Decide on what was read; see `domain.billing.portal_access.verify`."""
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
        """Return what the portal allows; read only if it matters."""
        if purpose is Purpose.HOME:
            return PortalFeatures(cancel=True, update_plan=True, pause=True, payment_method=True, details=True)
        return await self.context.billing.portal_features()

    def candidate(self, account: CustomerAccount) -> Candidate:
        """Return what distinguishes one of several customers."""
        live = account.live(self.context.settings.statuses)
        best = max(live, key=lambda one: one.created_at, default=account.last)
        return Candidate(customer=account.customer, subscription=best, live=bool(live))
