"""Stripe, asked: the port `Billing` over the SDK's asynchronous client."""

from collections.abc import AsyncIterator, Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from billing import customers, events, invoices, subscriptions
from billing.check import check
from billing.client import Client
from billing.offers.offer_billing import StripeOfferBilling
from billing.portal_configuration import PortalConfiguration
from billing.portal_settings import StripePortalSetup
from billing.translate import event
from billing.translate.customer import customer
from billing.translate.portal import flow_data
from domain.billing.portal_access import PortalFeatures, Purpose
from domain.billing.subscription import Customer, Subscription
from domain.cancellations.stored_case import Paid
from domain.ids import CustomerId, SubscriptionId
from flows.health import Check
from flows.ports import AddressChange, CancelledSubscriptions, Clock, CustomerMatches, StripeEvent, SubscriptionReading

if TYPE_CHECKING:
    from stripe.params.billing_portal import SessionCreateParams


class StripeBilling:
    """The port `Billing`; every method raises what the port says, and nothing else.

    `url` replaces Stripe's address, `configuration` the account's default portal configuration; `event_types` are the
    events worth walking, 20 at most; `timeout` bounds every question; `clock` ages what is remembered of the portal.
    `offer_billing` and `portal_setup` are the ports `OfferBilling` and `PortalSetup` over the same connections.
    """

    def __init__(
        self,
        *,
        api_key: str,
        url: str | None,
        configuration: str | None,
        event_types: Collection[str],
        timeout: timedelta,
        clock: Clock,
    ) -> None:
        self._client = Client(api_key, url=url, timeout=timeout)
        self._api_key = api_key
        self._configuration = configuration
        self._event_types = sorted(event_types)
        self._portal = PortalConfiguration(self._client, configuration=configuration, clock=clock)
        self.offer_billing = StripeOfferBilling(self._client, portal=self._portal, clock=clock)
        self.portal_setup = StripePortalSetup(self._client, portal=self._portal)

    async def close(self) -> None:
        """Close the connections; nothing may be asked afterwards."""
        await self._client.close()

    async def read_subscription(self, subscription_id: SubscriptionId) -> SubscriptionReading:
        """Read a subscription with its customer; `read_at` is the `Date` of that one answer."""
        return await subscriptions.reading_of(self._client, await subscriptions.read(self._client, subscription_id))

    async def read_customer(self, customer_id: CustomerId) -> Customer:
        """Read a customer; a deleted one comes back as such."""
        async with self._client.reading("read a customer"):
            answer = await self._client.v1.customers.retrieve_async(
                customer_id, {"expand": ["invoice_settings.default_payment_method"]}
            )
        return customer(answer.to_dict())

    async def subscriptions_of(self, customer_id: CustomerId) -> tuple[Subscription, ...]:
        """List all of a customer's subscriptions, ended ones too, newest first."""
        return await subscriptions.of_customer(self._client, customer_id)

    def leavers(self, *, since: datetime, walked_to: datetime | None) -> AsyncIterator[CancelledSubscriptions]:
        """Walk all subscriptions, newest first, a page at a time, naming those asked to end or ended since a moment."""
        return subscriptions.leavers(self._client, since=since, walked_to=walked_to)

    async def find_customers(self, address: str) -> CustomerMatches:
        """Find customers whose address equals this one after case-folding."""
        return await customers.find(self._client, address)

    async def address_changes(self, customer_id: CustomerId, *, since: datetime) -> tuple[AddressChange, ...]:
        """List the changes of a customer's address since a moment (30 days back at most), newest first."""
        changes = [
            change
            async for page in events.walk(self._client, types=["customer.updated"], back_to=since)
            for stripe_event in page
            if stripe_event.subject == customer_id
            and (change := event.address_change(event.stored(stripe_event))) is not None
        ]
        return tuple(changes)

    async def portal_features(self) -> PortalFeatures:
        """Say what the portal configuration in use allows, at most a minute old."""
        return await self._portal.features()

    async def open_portal(
        self,
        *,
        customer_id: CustomerId,
        purpose: Purpose,
        subscription_id: SubscriptionId | None,
        return_url: str | None,
        idempotency_key: str,
    ) -> str:
        """Make a portal session and return its address.

        Whoever finds it expired may log in by a code sent to the address on file (Stripe: Session recovery).
        """
        asked: SessionCreateParams = {"customer": customer_id, "after_expiration": {"type": "customer_login"}}
        if self._configuration is not None:
            asked["configuration"] = self._configuration
        if return_url is not None:
            asked["return_url"] = return_url
        flow = flow_data(purpose, subscription_id, return_url=return_url)
        if flow is not None:
            asked["flow_data"] = flow
        async with self._client.writing("open the customer portal"):
            session = await self._client.v1.billing_portal.sessions.create_async(
                asked, {"idempotency_key": idempotency_key, "max_network_retries": 0}
            )
        return session.url

    async def paid_so_far(self, subscription_id: SubscriptionId, *, currency: str, until: datetime) -> Paid:
        """Add up what of the newest 100 paid invoices was paid by a moment, net of refunds."""
        return await invoices.paid(self._client, subscription_id, currency=currency, until=until)

    async def decline_code(self, invoice_id: str) -> str | None:
        """Say why the newest payment of an invoice was declined, in Stripe's code."""
        return await invoices.newest_decline(self._client, invoice_id)

    def events_back_to(self, moment: datetime) -> AsyncIterator[tuple[StripeEvent, ...]]:
        """Walk the events that concern us from the newest back to `moment`, a page at a time."""
        return events.walk(self._client, types=self._event_types, back_to=moment)

    async def check(self, *, winback: bool) -> tuple[Check, ...]:
        """Look at the key, what it may read (for win-back, too), the portal's settings and the webhook endpoints."""
        return await check(self._client, api_key=self._api_key, portal=self._portal, winback=winback)
