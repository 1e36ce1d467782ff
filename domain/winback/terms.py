"""An offer priced for one subscription: what is paid when, what it costs at most, and what Stripe needs."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from domain.billing.periods import add_months
from domain.billing.price_steps import PriceSteps
from domain.billing.subscription import Discount, Price, Subscription
from domain.billing.tax import TaxKind
from domain.money import Money
from domain.winback.offer import Offer, OfferPhase, Pause, SwitchPlan
from domain.winback.policy import PauseAccess

RedemptionMethod = Literal["resume", "checkout", "call"]
"""How an offer is redeemed: the same subscription goes on, a new one is bought, or somebody calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedInvoice:
    """One invoice that the offer changes, before tax: its amount without the offer, and with it."""

    at: datetime
    before: Money
    after: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponTerms:
    """A coupon's terms, which Stripe never changes once it is made; `months` is set only if it repeats.

    `id` follows from the terms, so the same offer always uses the same coupon.
    """

    id: str
    percent_off: Decimal | None
    amount_off: Money | None
    duration: Literal["once", "repeating"]
    months: int | None


def coupon_for(*, percent: Decimal | None, amount: Money | None, months: int | None) -> CouponTerms:
    """Return the coupon with these terms; `months` None means one invoice.

    20% for three months is "winback-20pct-3m", €5 once is "winback-500eur-once".
    """
    if amount is not None:
        off = f"{amount.minor}{amount.currency}"
    else:
        off = f"{(percent or Decimal(0)).normalize():f}pct".replace(".", "-")
    return CouponTerms(
        id=f"winback-{off}-{'once' if months is None else f'{months}m'}",
        percent_off=percent,
        amount_off=amount,
        duration="once" if months is None else "repeating",
        months=months,
    )


def applied_discount(coupon: CouponTerms, *, at: datetime) -> Discount:
    """Return a coupon as the discount it is from `at` on; its months count from then (Stripe: Coupons)."""
    return Discount(
        id="",
        coupon_id=coupon.id,
        percent_off=coupon.percent_off,
        amount_off=coupon.amount_off,
        duration=coupon.duration,
        starts_at=at,
        ends_at=None if coupon.months is None else add_months(at, coupon.months),
        product_ids=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTerms:
    """An offer for one subscription, priced as if it were accepted at `accepted_at`.

    `cost` is the most it can give away, in the subscription's currency; zero if the full price is paid. `gives_up` is
    the most revenue that it gives up besides: by a cheaper plan, or by a pause without access. Both hold on every day
    on which it can be accepted, at today's quantity (`seats`, None for one or for several items). `most_invoices` is
    how many invoices the offer then touches. `invoices` are those it changes if accepted at `accepted_at`, with their
    real dates, or the first one if it changes none. `later` is the amount of an invoice after that, and `later_at` when
    the first of them comes. `price` is the price from then on. `restarts_at` is when billing restarts after a pause,
    and `access` whether the product can be used meanwhile; `trial_ends_at` is the new end of a trial. `steps` are the
    amounts of all invoices from then on, by interval. `pays_by_invoice`: no card is charged; each invoice is sent, and
    due `days_until_due` days after its date (None: not known). `own_charge` is what these terms themselves cost where
    `cost` and `gives_up` are those of other terms that were approved.
    """

    offer: Offer  # complete: a plan to switch to is named
    phase: OfferPhase
    way: RedemptionMethod
    accepted_at: datetime
    invoices: tuple[PlannedInvoice, ...]
    cost: Money
    later: Money
    later_at: datetime | None
    price: Price | None
    coupon: CouponTerms | None = None
    restarts_at: datetime | None = None
    trial_ends_at: datetime | None = None
    gives_up: Money | None = None
    most_invoices: int | None = None
    seats: int | None = None
    access: PauseAccess | None = None
    steps: tuple[PriceSteps, ...] = ()
    pays_by_invoice: bool = False
    days_until_due: int | None = None
    own_charge: Money | None = None

    @property
    def tax(self) -> TaxKind:
        """How the amounts stand to tax: what comes on top isn't in them."""
        kinds = {each.tax for each in self.steps} or {"unknown"}
        if "unknown" in kinds:
            return "unknown"
        kinds.discard("none")
        return "mixed" if len(kinds) > 1 else next(iter(kinds), "none")

    @property
    def charge(self) -> Money:
        """What counts for budgets and approvals: what is given away at most, and what is given up besides."""
        return self.cost if self.gives_up is None else self.cost + self.gives_up

    @property
    def accepted_charge(self) -> Money:
        """What the offer costs if it is accepted at `accepted_at`: its coupon's invoices, or what it always costs."""
        if self.coupon is None:
            return self.own_charge or self.charge
        return Money(sum(each.before.minor - each.after.minor for each in self.invoices), self.cost.currency)

    def is_dearer_than(self, approved: "OfferTerms") -> bool:
        """Return whether an offer costs more than was approved; what it gives up was not asked in earlier versions."""
        if isinstance(self.offer, SwitchPlan | Pause) and approved.gives_up is None:
            return False
        return self.charge.minor > approved.charge.minor

    def charged_as(self, approved: "OfferTerms") -> "OfferTerms":
        """Return these terms with the highest cost of other ones: what was approved and reserved stays."""
        return replace(
            self,
            cost=approved.cost,
            gives_up=approved.gives_up,
            most_invoices=approved.most_invoices,
            own_charge=self.own_charge or self.charge,
        )


ImpossibleReason = Literal[
    "phase",  # the offer isn't possible in this phase
    "interval",  # several invoices on an interval other than a month, or a price of another interval
    "outlasts",  # not all invoices are within the coupon's months
    "currency",  # an amount or a price in another currency
    "no_cheaper_plan",
    "no_such_price",
    "several_items",
    "metered",  # nobody can know the amount in advance
    "running_discount",  # a discount is running, and the policy allows no second one
    "percent_limit",  # together with running discounts it is more than the policy allows
    "invoices_limit",
    "no_end_known",
    "already_paused",
    "discount_unknown",  # the coupon of a discount that they have was deleted, so nobody knows its terms
    "nothing_to_give",  # the amount due is zero already
    "pays_more",  # the customer would pay more than without it
    "price_archived",  # the price or its product isn't sold any more
    "mixed_intervals",  # Checkout sells one interval at a time
    "quantity_zero",
    "too_many_items",  # for Checkout
    "pinned_currency",  # the customer is billed in another currency by now
    "pays_by_invoice",  # and Checkout takes only automatic payments
    "platform_fee",  # a platform takes a share of the payments, which only the platform itself can keep
    "schedule",  # a subscription schedule leads it
    "gone",  # the subscription, its customer or its price isn't at Stripe any more
    "no_tax_address",  # Stripe Tax has no address to go by
    "uncollectable",  # no payment can be of this amount in this currency
    "stripe_refuses",  # for another cause; `detail` is Stripe's code
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpossibleOffer:
    """Why an offer isn't possible; `detail` is a number, a name or a date that belongs to the reason."""

    why: ImpossibleReason
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingContext:
    """What an offer is priced for: a subscription as it is now, and the prices it could switch to."""

    subscription: Subscription
    phase: OfferPhase
    catalog: tuple[Price, ...]
