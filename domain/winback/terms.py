"""An offer worked out for one subscription: what is paid when, what it costs at worst, what Stripe is told."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from domain.billing.subscription import Price, Subscription
from domain.money import Money
from domain.winback.offer import Offer, OfferPhase

RedemptionMethod = Literal["resume", "checkout", "call"]
"""How an offer is taken up: the same subscription goes on, a new one is bought, or somebody calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedInvoice:
    """One invoice that the offer touches, before tax: what it would be, and what it is with the offer."""

    at: datetime
    before: Money
    after: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponTerms:
    """The terms of a coupon, which Stripe never changes once it is made; `months` only where it repeats.

    `id` follows from the terms, so that the same offer uses the same coupon.
    """

    id: str
    percent_off: Decimal | None
    amount_off: Money | None
    duration: Literal["once", "repeating"]
    months: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTerms:
    """An offer for one subscription, computed for the case that it is accepted at `accepted_at`.

    `cost` is the worst case given away, in the subscription's currency; nothing where the full price is paid.
    `invoices` are those the offer touches, with their real dates; of an offer that touches none, the first one.
    `later` is what an invoice is after that, and `later_at` when the first such one comes.
    `price` is the one that holds afterwards. `restarts_at` is when billing restarts after a pause, `trial_ends_at` the
    new end of a trial.
    """

    offer: Offer  # with nothing left open: a plan to switch to is named
    phase: OfferPhase
    way: RedemptionMethod
    accepted_at: datetime
    invoices: tuple[PlannedInvoice, ...]
    cost: Money
    later: Money
    later_at: datetime | None
    price: Price | None
    coupon: CouponTerms | None
    restarts_at: datetime | None
    trial_ends_at: datetime | None


ImpossibleReason = Literal[
    "phase",  # the offer is not for this phase (a "–" in the table)
    "interval",  # several invoices on an interval that is not one month, or a price of another interval
    "outlasts",  # not all invoices fall inside the coupon's months
    "currency",  # an amount or a price of another currency
    "no_cheaper_plan",
    "no_such_price",
    "several_items",
    "metered",  # what it costs cannot be known
    "running_discount",  # one runs already, and the policy allows no second
    "percent_limit",  # with what runs already it is more than the policy allows
    "invoices_limit",
    "no_end_known",
    "already_paused",
    "nothing_to_give",  # the amount or the price is nothing already
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpossibleOffer:
    """The offer cannot be made here, and why; `detail` is a number, a name or a date that belongs to the reason."""

    why: ImpossibleReason
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingContext:
    """What an offer is held against: a subscription as it is now, and the prices that could be switched to."""

    subscription: Subscription
    phase: OfferPhase
    catalog: tuple[Price, ...]
