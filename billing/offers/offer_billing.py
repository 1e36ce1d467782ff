"""Stripe, told to change what somebody pays: the port `OfferBilling` over the connection that `StripeBilling` holds."""

from datetime import datetime

from billing import disputes, invoices, prices
from billing.client import Client
from billing.offers import checkout, coupons, redeem
from billing.offers.previews import preview
from billing.portal_configuration import PortalConfiguration
from billing.prices import PriceList
from domain.billing.subscription import Price, Subscription
from domain.ids import CustomerId, OfferId, SubscriptionId
from domain.winback.proposal import UndoSnapshot
from domain.winback.terms import CouponTerms, OfferTerms
from flows.ports import CheckoutSession, Clock, InvoicePreview, PaidInvoice, PromotionCode, SubscriptionReading


class StripeOfferBilling:
    """The port `OfferBilling`; every method raises what the port says, and nothing else."""

    def __init__(self, client: Client, *, portal: PortalConfiguration, clock: Clock) -> None:
        self._client = client
        self._prices = PriceList(client, portal=portal, clock=clock)

    async def catalog(self) -> tuple[Price, ...]:
        """List the active recurring prices that the portal lets customers switch to, at most a minute old."""
        return await self._prices.all()

    async def price(self, price_id: str) -> Price:
        """Read one price; unknown or inactive: Refused(code="resource_missing")."""
        return await prices.one(self._client, price_id)

    async def has_dispute(self, customer_id: CustomerId) -> bool:
        """Say whether any of a customer's newest 100 payments was disputed."""
        return await disputes.has_dispute(self._client, customer_id)

    async def coupon(self, terms: CouponTerms, *, idempotency_key: str) -> None:
        """Have the coupon with these terms there; one with other terms: Refused(code="coupon_differs")."""
        await coupons.have_coupon(self._client, terms, idempotency_key=idempotency_key)

    async def promotion_code(
        self,
        *,
        coupon_id: str,
        customer_id: CustomerId,
        code: str,
        offer_id: OfferId,
        expires_at: datetime,
        idempotency_key: str,
    ) -> PromotionCode:
        """Have the customer's own code for an offer there; one that is taken: Refused(code="code_taken")."""
        return await coupons.have_code(
            self._client,
            coupon_id=coupon_id,
            customer_id=customer_id,
            code=code,
            offer_id=offer_id,
            expires_at=expires_at,
            idempotency_key=idempotency_key,
        )

    async def preview(self, terms: OfferTerms, *, subscription: Subscription) -> InvoicePreview:
        """Say what the first invoice will be if the offer is accepted now."""
        return await preview(self._client, subscription.id, terms)

    async def accept(
        self, terms: OfferTerms, *, subscription: Subscription, idempotency_key: str
    ) -> SubscriptionReading:
        """Un-cancel and apply the offer in one update; what is done already is not done again."""
        return await redeem.accept(self._client, subscription.id, terms, idempotency_key=idempotency_key)

    async def put_back(
        self, *, subscription: Subscription, before: UndoSnapshot, terms: OfferTerms, idempotency_key: str
    ) -> SubscriptionReading:
        """Undo `accept`; what is undone already is not undone again."""
        return await redeem.put_back(
            self._client, subscription.id, before=before, terms=terms, idempotency_key=idempotency_key
        )

    async def open_checkout(
        self,
        terms: OfferTerms,
        *,
        subscription: Subscription,
        offer_id: OfferId,
        promotion_code_id: str | None,
        success_url: str,
        cancel_url: str,
        expires_at: datetime,
        idempotency_key: str,
    ) -> CheckoutSession:
        """Open a Checkout session that lives 30 minutes to 24 hours; the same key needs the same `expires_at`."""
        return await checkout.open_session(
            self._client,
            subscription.id,
            terms,
            offer_id=offer_id,
            promotion_code_id=promotion_code_id,
            success_url=success_url,
            cancel_url=cancel_url,
            expires_at=expires_at,
            idempotency_key=idempotency_key,
        )

    async def read_checkout(self, session_id: str) -> CheckoutSession:
        """Read a session."""
        return await checkout.read_session(self._client, session_id)

    async def expire_checkout(self, session_id: str) -> CheckoutSession:
        """Close an open session; one that is complete or expired already comes back as it is."""
        return await checkout.expire_session(self._client, session_id)

    async def paid_invoices(self, subscription_id: SubscriptionId, *, since: datetime) -> tuple[PaidInvoice, ...]:
        """List the invoices paid since a moment for more than nothing, oldest first."""
        return await invoices.paid_since(self._client, subscription_id, since)
