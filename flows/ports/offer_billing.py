"""Changing at Stripe what a customer pays."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from domain.billing.subscription import Price
from domain.ids import CustomerId, OfferId, SessionId, SubscriptionId
from domain.money import Money
from domain.winback.proposal import UndoSnapshot
from domain.winback.terms import CouponTerms, OfferTerms
from flows.ports.billing import SubscriptionReading


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePreview:
    """Stripe's own preview of an invoice.

    `due` is the amount to pay with tax, discounts and balance, and `due_at` when. `tax` comes on top of `before_tax`;
    None: none is added.
    """

    due: Money
    due_at: datetime
    subtotal: Money
    discount: Money
    before_tax: Money
    tax: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidInvoice:
    """A paid invoice: what was paid net of discounts and refunds, without tax."""

    id: str
    paid_at: datetime
    net: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionCode:
    """A code that one customer may type."""

    id: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutSession:
    """A Checkout session. `url` is a bearer secret of an open one: never stored, never logged."""

    id: SessionId
    status: Literal["open", "complete", "expired"]
    url: str | None
    expires_at: datetime
    subscription_id: SubscriptionId | None


class OfferBilling(Protocol):
    """Changing at Stripe what a customer pays. Each write takes the idempotency key of its step and attempt."""

    async def catalog(self) -> tuple[Price, ...]:
        """List the active recurring prices of the products that the portal configuration lets customers switch to.

        A price that is sold in several currencies is there in each of them.
        """

    async def price(self, price_id: str) -> tuple[Price, ...]:
        """Read one price in all its currencies; unknown or inactive: Refused(code="resource_missing")."""

    async def has_dispute(self, customer_id: CustomerId) -> bool:
        """Return whether any of a customer's newest 100 payments was disputed."""

    async def coupon(self, terms: CouponTerms, *, idempotency_key: str) -> None:
        """Create the coupon with these terms unless it exists.

        One with our id but other terms: Refused(code="coupon_differs").
        """

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
        """Create the customer's own code for an offer, for one use, unless the metadata of one has the offer's id.

        A code that somebody else has: Refused(code="code_taken").
        """

    async def close_promotion_code(self, promotion_code_id: str) -> None:
        """Switch a promotion code off, so that nobody can use it any more."""

    async def preview(self, subscription_id: SubscriptionId, terms: OfferTerms) -> InvoicePreview:
        """Return the first invoice if the offer is accepted now; change nothing.

        A pause is not in it: Stripe previews the invoice that the pause skips.
        """

    async def accept(
        self, subscription_id: SubscriptionId, terms: OfferTerms, *, idempotency_key: str
    ) -> SubscriptionReading:
        """Un-cancel and apply the offer in one update; discounts already there are sent along and so are kept.

        A subscription that has ended: Refused(code="subscription_over"), here and in `put_back`.
        """

    async def put_back(
        self, subscription_id: SubscriptionId, *, before: UndoSnapshot, terms: OfferTerms, idempotency_key: str
    ) -> SubscriptionReading:
        """Undo `accept`: cancelled as before, price, discounts, trial and collection as before."""

    async def open_checkout(
        self,
        subscription_id: SubscriptionId,
        terms: OfferTerms,
        *,
        offer_id: OfferId,
        promotion_code_id: str | None,
        success_url: str,
        cancel_url: str,
        expires_at: datetime,
        idempotency_key: str,
    ) -> CheckoutSession:
        """Open a Checkout session for a new subscription on the offer's terms, both marked with the offer's id.

        `expires_at` is 30 minutes to 24 hours ahead, and must be the same under the same idempotency key.
        """

    async def read_checkout(self, session_id: SessionId) -> CheckoutSession:
        """Read a session."""

    async def expire_checkout(self, session_id: SessionId) -> CheckoutSession:
        """Close an open session; one that is complete or expired already comes back as it is."""

    async def discount_given(
        self, subscription_id: SubscriptionId, *, coupon_id: str, currency: str, since: datetime
    ) -> Money:
        """Add up what a coupon took off a subscription's final invoices since a moment."""

    async def paid_invoices(self, subscription_id: SubscriptionId, *, since: datetime) -> tuple[PaidInvoice, ...]:
        """List the invoices paid since a moment for more than nothing, oldest first."""
