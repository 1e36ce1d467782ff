"""What a customer who leaves may be offered; each offer is a plain value, without a subscription to hold it against."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from domain.ids import StaffId
from domain.money import Money

OfferPhase = Literal["pending", "trialing", "ended"]
"""Where a case stands for an offer: still paid up, still on trial, or over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountOffer:
    """Something off the next `invoices`. Exactly one of `percent` (above 0, below 100) and `amount` (each) is set."""

    percent: Decimal | None
    amount: Money | None
    invoices: int

    def __post_init__(self) -> None:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("a discount is a percentage or an amount")
        if self.invoices < 1:
            raise ValueError("a discount is for one invoice at least")


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeMonths:
    """Nothing to pay for `months`, on intervals of a month or less."""

    months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchPlan:
    """Another price from the next invoice on.

    `price_id` None: the dearest one below the present, of the same currency and interval, among the portal's products.
    """

    price_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """No billing for `months`; then the present price again."""

    months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendTrial:
    """The trial goes on for `days` more."""

    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """Go on at the same price: a payment that failed, a short letter, a feature that is there now.

    `shipped` names the feature, where one is the occasion.
    """

    shipped: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack:
    """A named person talks to them; nothing is e-mailed. `who` None: whoever takes the case over."""

    who: StaffId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoOffer:
    """Nothing, which is a decision too."""


Offer = DiscountOffer | FreeMonths | SwitchPlan | Pause | ExtendTrial | Restart | CallBack | NoOffer

OfferKind = Literal[
    "discount", "free_months", "switch_plan", "pause", "extend_trial", "restart", "call_back", "no_offer"
]

KINDS: dict[type[Offer], OfferKind] = {
    DiscountOffer: "discount",
    FreeMonths: "free_months",
    SwitchPlan: "switch_plan",
    Pause: "pause",
    ExtendTrial: "extend_trial",
    Restart: "restart",
    CallBack: "call_back",
    NoOffer: "no_offer",
}


def kind_of(offer: Offer) -> OfferKind:
    """Name an offer's kind as policies and records write it."""
    return KINDS[type(offer)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerLimits:
    """How far a manager may change a rule's offer alone; None: not beyond what the rule says."""

    percent: Decimal | None = None
    amount: Money | None = None
    invoices: int | None = None
    months: int | None = None
    days: int | None = None
