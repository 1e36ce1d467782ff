"""Stripe, told to change what somebody pays: the port `OfferBilling` over the connection that `StripeBilling` holds."""

from datetime import datetime

from billing import customers, invoices, prices
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
    """The port `OfferBilling`."""

    def __init__(self, client: Client, *, portal: PortalConfiguration, clock: Clock) -> None:
        self._client = client
        self._prices = PriceList(client, portal=portal, clock=clock)

    async def catalog(self) -> tuple[Price, ...]:
        return await self._prices.all()

    async def price(self, price_id: str) -> Price:
        return await prices.one(self._client, price_id)

    async def has_dispute(self, customer_id: CustomerId) -> bool:
        return await customers.has_dispute(self._client, customer_id)

    async def coupon(self, terms: CouponTerms, *, idempotency_key: str) -> None:
        await coupons.ensure_coupon(self._client, terms, idempotency_key=idempotency_key)

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
        return await coupons.ensure_code(
            self._client,
            coupon_id=coupon_id,
            customer_id=customer_id,
            code=code,
            offer_id=offer_id,
            expires_at=expires_at,
            idempotency_key=idempotency_key,
        )

    async def preview(self, terms: OfferTerms, *, subscription: Subscription) -> InvoicePreview:
        return await preview(self._client, subscription.id, terms)

    async def accept(
        self, terms: OfferTerms, *, subscription: Subscription, idempotency_key: str
    ) -> SubscriptionReading:
        return await redeem.accept(self._client, subscription.id, terms, idempotency_key=idempotency_key)

    async def put_back(
        self, *, subscription: Subscription, before: UndoSnapshot, terms: OfferTerms, idempotency_key: str
    ) -> SubscriptionReading:
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
        return await checkout.read_session(self._client, session_id)

    async def expire_checkout(self, session_id: str) -> CheckoutSession:
        return await checkout.expire_session(self._client, session_id)

    async def paid_invoices(self, subscription_id: SubscriptionId, *, since: datetime) -> tuple[PaidInvoice, ...]:
        return await invoices.paid_since(self._client, subscription_id, since)
