"""A Stripe subscription and its customer as this program sees them, free of Stripe's field names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from domain.billing.tax import UNTAXED, Tax
from domain.ids import CustomerId, SubscriptionId
from domain.money import Money

LIVE_STATUSES = frozenset({"active", "trialing", "past_due"})
"""A subscription in one of these is in use; `unpaid` and `paused` only where the settings say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One step of a tiered price; amounts in minor units, `up_to` None for the last step."""

    up_to: int | None
    unit_amount: Decimal | None
    flat_amount: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A recurring price in one of its currencies.

    `unit_amount` is in minor units; None where the price is tiered, or has no amount in this currency. `active` is
    false once the price or its product is archived: what runs goes on, nothing new can be sold at it.
    """

    id: str
    currency: str
    product_id: str
    product_name: str | None
    nickname: str | None
    unit_amount: Decimal | None
    tiers_mode: str | None  # "graduated" | "volume" | None: not tiered
    tiers: tuple[Tier, ...]
    divide_by: int | None  # transform_quantity
    round_up: bool
    interval: str  # "day" | "week" | "month" | "year"
    interval_count: int
    metered: bool
    active: bool = True
    tax_behavior: str = "unspecified"  # "inclusive" | "exclusive" | "unspecified": what Stripe Tax goes by

    @property
    def every(self) -> tuple[int, str]:
        """How often it is due: (1, "month"), (2, "week")."""
        return self.interval_count, self.interval


DiscountLevel = Literal["item", "subscription", "customer"]
"""What a discount hangs on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A discount. `amount_off` is in the subscription's currency.

    One of `percent_off` (0–100) and `amount_off` is set, neither where the coupon's terms can't be read any more.
    """

    id: str
    coupon_id: str
    percent_off: Decimal | None
    amount_off: Money | None
    duration: str  # "once" | "repeating" | "forever" | "unknown"
    starts_at: datetime
    ends_at: datetime | None
    product_ids: frozenset[str] | None  # None: every product
    level: DiscountLevel = "subscription"

    def runs_at(self, moment: datetime) -> bool:
        """Return whether it has not run out at a moment."""
        return self.ends_at is None or self.ends_at > moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of a subscription; `quantity` is None where usage is metered."""

    id: str
    price: Price
    quantity: int | None
    period_start: datetime
    period_end: datetime
    discounts: tuple[Discount, ...]
    tax: Tax | None = UNTAXED  # None: not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What may be shown of a payment card."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int
    fingerprint: str | None  # Stripe's: the same for the same card, never shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer as Stripe holds it now. A deleted one has nothing but its id."""

    id: CustomerId
    deleted: bool
    livemode: bool
    email: str | None
    name: str | None
    country: str | None  # ISO 3166 alpha-2, from the address
    locale: str | None  # the first of preferred_locales
    created_at: datetime | None
    card: Card | None  # the default payment method's, where it is a card
    currency: str | None
    metadata: Mapping[str, str]  # the company's own notes at Stripe; consent is among them
    tax_exempt: str = "none"  # "none" | "exempt" | "reverse"


FEEDBACKS = frozenset(
    {
        "too_expensive", "missing_features", "switched_service", "unused", "customer_service", "too_complex",
        "low_quality", "other",
    }
)  # fmt: skip
"""The feedbacks that Stripe has (Subscription: `cancellation_details.feedback`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """How and why, in Stripe's words: unknown values are kept as they are."""

    kind: str | None  # cancellation_details.reason: cancellation_requested, payment_failed, …
    feedback: str | None
    feedback_option: str | None  # a custom reason's own description, else its id
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInvoice:
    """A finalized invoice that is not paid yet; `due_at` is set where it is paid by invoice."""

    id: str
    remaining: Money
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectSettings:
    """How a platform shares a subscription's payments with an account that is connected to its own."""

    destination: str | None  # transfer_data
    destination_percent: Decimal | None
    on_behalf_of: str | None
    application_fee_percent: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription as Stripe holds it at one moment.

    `discounts` are its own; while it has none, the customer's discount is in force on it (Stripe: Create a
    subscription, `discounts`).
    """

    id: SubscriptionId
    customer_id: CustomerId
    livemode: bool
    status: str
    currency: str
    created_at: datetime
    started_at: datetime
    anchor_at: datetime  # periods of months and years keep this day of the month
    items: tuple[Item, ...]
    discounts: tuple[Discount, ...]
    cancel_at: datetime | None
    cancel_at_period_end: bool
    canceled_at: datetime | None
    ended_at: datetime | None
    trial_end_at: datetime | None
    collection_paused: bool
    resumes_at: datetime | None  # when a pause of the collection ends by itself
    flexible: bool  # billing mode; else classic
    cancellation: Cancellation
    latest_invoice_id: str | None
    card: Card | None  # the subscription's own default payment method
    customer_discount: Discount | None = None
    pays_by_invoice: bool = False  # collection_method=send_invoice
    days_until_due: int | None = None
    schedule_id: str | None = None  # a subscription schedule leads it
    automatic_tax: bool = False
    open_invoice: OpenInvoice | None = None  # the newest invoice, where it is open
    invoiced_discounts: frozenset[str] = frozenset()  # ids of those on the newest invoice
    never_paid: bool = False  # its first invoice that wasn't free is its newest, and not paid
    metadata: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None
    connect: ConnectSettings | None = None

    @property
    def period_end_at(self) -> datetime | None:
        """When the longest paid period ends; items may have different ones."""
        return max((item.period_end for item in self.items), default=None)

    @property
    def ends_at(self) -> datetime | None:
        """When access ends: the real end, else the scheduled one, else None."""
        if self.ended_at is not None:
            return self.ended_at
        if self.cancel_at is not None:
            return self.cancel_at
        if self.cancel_at_period_end:
            return min((item.period_end for item in self.items), default=None)
        return None
