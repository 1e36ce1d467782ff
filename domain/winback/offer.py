"""What a leaving customer may be offered. Each offer is a plain value, not yet priced for a subscription."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from domain.ids import StaffId
from domain.money import Money

OfferPhase = Literal["pending", "trialing", "ended"]
"""Where a subscription stands: paid up until its end, on trial, or ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountOffer:
    """A discount on the next `invoices`: either `percent` (above 0, below 100) or `amount` off each."""

    percent: Decimal | None
    amount: Money | None
    invoices: int

    def __post_init__(self) -> None:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("a discount is a percentage or an amount")
        if self.invoices < 1:
            raise ValueError("a discount covers at least one invoice")


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeMonths:
    """Nothing to pay for `months`; only for plans billed every month or more often."""

    months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchPlan:
    """Another price from the next invoice on.

    `price_id` None: the most expensive cheaper one of the same currency and interval among the portal's products.
    """

    price_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """No billing for `months`, then the same price again."""

    months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendTrial:
    """`days` more of the trial."""

    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """Go on at the same price: after a failed payment, a short note, or a feature that has shipped.

    `shipped` names that feature.
    """

    shipped: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack:
    """A person calls them; nothing is emailed. `who` None: the person who takes over the case."""

    who: StaffId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoOffer:
    """No offer, which is a decision too."""


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
    """Return an offer's kind, as policies and the audit log write it."""
    return KINDS[type(offer)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerLimits:
    """How far a manager may change a rule's offer alone; None: no further than the rule."""

    percent: Decimal | None = None
    amount: Money | None = None
    invoices: int | None = None
    months: int | None = None
    days: int | None = None


def is_news(offer: Offer) -> bool:
    """Return whether an offer tells of a shipped feature: somebody who asked for it may hear of it at any time."""
    return isinstance(offer, Restart) and offer.shipped is not None
