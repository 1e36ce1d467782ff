"""The port `Billing`, over the SDK's asynchronous client."""

from collections.abc import AsyncIterator, Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from billing import events
from billing.cache import Cache
from billing.check import check
from billing.client import Client
from billing.customers import Customers
from billing.invoices import Invoices
from billing.offers.checkout import CheckoutSessions
from billing.offers.coupons import Coupons
from billing.offers.previews import Previews
from billing.offers.redeem import Redemptions
from billing.past import Past
from billing.portal_configuration import PortalConfiguration
from billing.portal_settings import StripePortalSetup
from billing.prices import Prices
from billing.subscriptions import Subscriptions
from billing.translate import event
from billing.translate.portal import flow_data
from domain.billing.portal_access import PortalFeatures, PortalSetting, Purpose
from domain.ids import CustomerId, EventId, SubscriptionId
from flows.health import Check
from flows.ports import AddressChange, Clock, StripeEvent

if TYPE_CHECKING:
    from stripe.params.billing_portal import SessionCreateParams


class StripeBilling(Subscriptions, Past, Customers, Invoices, Prices, Coupons, Previews, Redemptions, CheckoutSessions):
    """The ports `Billing` and `OfferBilling`.

    `url` replaces Stripe's address, `configuration` the account's default portal configuration; `event_types` are the
    events worth listing, 20 at most; `timeout` limits each call and `calls_per_second` how many begin;
    `clock` ages what is cached of the portal.
    `portal_setup` is the port `PortalSetup` over the same connections.
    """

    def __init__(
        self,
        *,
        api_key: str,
        url: str | None,
        configuration: str | None,
        event_types: Collection[str],
        timeout: timedelta,
        calls_per_second: int,
        clock: Clock,
    ) -> None:
        client = Client(api_key, url=url, timeout=timeout, calls_per_second=calls_per_second)
        portal = PortalConfiguration(client, configuration=configuration, clock=clock)
        super().__init__(client, portal=portal, clock=clock)
        self._api_key = api_key
        self._configuration = configuration
        self._event_types = sorted(event_types)
        self.portal_setup = StripePortalSetup(client, portal=portal)
        self._account: Cache[str | None] = Cache(client.account_id, clock=clock)

    async def account_id(self) -> str | None:
        return await self._account.get()

    async def close(self) -> None:
        """Close the connections for good."""
        await self._client.close()

    async def address_changes(
        self, customer_id: CustomerId, *, since: datetime, most_pages: int
    ) -> tuple[AddressChange, ...]:
        changes = [
            change
            async for page in events.walk(
                self._client, types=["customer.updated"], back_to=since, most_pages=most_pages
            )
            for stripe_event in page
            if stripe_event.subject == customer_id
            and (change := event.address_change(event.stored(stripe_event))) is not None
        ]
        return tuple(changes)

    async def portal_features(self) -> PortalFeatures:
        return await self._portal.features()

    async def portal_setting(self) -> PortalSetting:
        """Return the portal's settings, read now."""
        return await self.portal_setup.read()

    async def open_portal(
        self,
        *,
        customer_id: CustomerId,
        purpose: Purpose,
        subscription_id: SubscriptionId | None,
        return_url: str | None,
        idempotency_key: str,
    ) -> str:
        # Who finds it expired can log in with a code sent to the address on file (Stripe: Session recovery).
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

    def events_back_to(self, moment: datetime) -> AsyncIterator[tuple[StripeEvent, ...]]:
        return events.walk(self._client, types=self._event_types, back_to=moment)

    def events_after(self, event_id: EventId) -> AsyncIterator[tuple[StripeEvent, ...]]:
        return events.walk_on(self._client, types=self._event_types, after=event_id)

    async def check(self, *, winback: bool, webhook_url: str | None) -> tuple[Check, ...]:
        """Look at the key, what it may read (for win-back, too), the portal's settings and the webhook endpoint."""
        return await check(
            self._client,
            api_key=self._api_key,
            portal=self._portal,
            winback=winback,
            webhook_url=webhook_url,
            event_types=self._event_types,
            account_id=await self.account_id(),
        )
