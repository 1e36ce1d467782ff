"""The schema of a rule in a policy file: whom it is for, and which offers to make in which order."""

from dataclasses import fields
from datetime import timedelta
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from bot.policy.value_types import (
    AmountTable,
    CancellationKind,
    CountryCode,
    Duration,
    Lifetime,
    Percent,
    ReasonCode,
    RuleName,
    Schema,
    ShortText,
    WholeNumber,
    YesOrNo,
)
from domain.ids import StaffId
from domain.money import Money
from domain.winback.offer import (
    CallBack,
    DiscountOffer,
    ExtendTrial,
    FreeMonths,
    ManagerLimits,
    NoOffer,
    Offer,
    OfferKind,
    Pause,
    Restart,
    SwitchPlan,
)
from domain.winback.policy import Match, Never, Rule, Step, StepTiming

_TAKES: dict[OfferKind, frozenset[str]] = {
    "discount": frozenset({"percent", "amount", "invoices"}),
    "free_months": frozenset({"months"}),
    "switch_plan": frozenset({"price"}),
    "pause": frozenset({"months"}),
    "extend_trial": frozenset({"days"}),
    "restart": frozenset(),
    "call_back": frozenset({"who"}),
    "no_offer": frozenset(),
}


_CRITERIA: Any = Field(default=frozenset(), min_length=1)
"""What a rule asks for: left out it matches everybody, and an empty list would too."""


class _Size(Schema):
    """How much is offered."""

    percent: Percent | None = None
    amount: AmountTable | None = None
    invoices: WholeNumber | None = Field(default=None, ge=1, le=24)
    months: WholeNumber | None = Field(default=None, ge=1, le=12)
    days: WholeNumber | None = Field(default=None, ge=1, le=90)


class UpToSchema(_Size):
    """How far one manager may change the offer."""

    @model_validator(mode="after")
    def _one_currency(self) -> Self:
        if self.amount is not None and len(self.amount) != 1:
            raise ValueError('amount must have one currency, like { amount = { eur = "10" } }')
        return self

    def to_domain(self) -> ManagerLimits:
        """Return the domain's value."""
        return ManagerLimits(
            percent=self.percent, amount=_only(self.amount), invoices=self.invoices, months=self.months, days=self.days
        )


class StepSchema(_Size):
    """One offer, and when to make it."""

    after: Duration | None = None
    before_end: Lifetime | None = None
    after_end: Duration | None = None
    offer: OfferKind
    price: str | None = Field(default=None, pattern=r"^price_\w+$")
    who: str | None = Field(default=None, pattern=r"^[UW][A-Z0-9]{2,}$")
    up_to: UpToSchema = UpToSchema()
    subject: str | None = Field(default=None, max_length=150, pattern=r"^[^\r\n]+$")
    text: str | None = Field(default=None, max_length=5000)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if sum(moment is not None for moment in (self.after, self.before_end, self.after_end)) != 1:
            raise ValueError("needs exactly one of after, before_end and after_end")
        given = {
            name for name in ("percent", "amount", "invoices", "months", "days", "price", "who") if self._has(name)
        }
        strange = given - _TAKES[self.offer]
        if strange:
            raise ValueError(f"{self.offer} takes no {', '.join(sorted(strange))}")
        for name in {"months", "days"} & _TAKES[self.offer]:
            if not self._has(name):
                raise ValueError(f"{self.offer} needs {name}")
        if self.offer == "discount":
            self._fits_a_discount()
        return self

    def _has(self, name: str) -> bool:
        return getattr(self, name) is not None

    def _fits_a_discount(self) -> None:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("discount needs percent or amount, not both")
        if self.percent is not None and not 0 < self.percent < 100:  # per cent
            raise ValueError("percent must be above 0 and below 100; to give the whole price, use free_months")
        if self.amount is not None and len(self.amount) != 1:
            raise ValueError("amount must have one currency; write one rule for each currency")

    def to_domain(self) -> Step:
        """Return the domain's value."""
        return Step(
            when=self._when(), offer=self._offer(), up_to=self.up_to.to_domain(), subject=self.subject, text=self.text
        )

    def _when(self) -> StepTiming:
        if self.before_end is not None:
            return StepTiming(anchor="before_end", span=self.before_end)
        if self.after_end is not None:
            return StepTiming(anchor="after_end", span=self.after_end)
        return StepTiming(anchor="after", span=self.after or timedelta())

    def _offer(self) -> Offer:
        match self.offer:
            case "discount":
                return DiscountOffer(percent=self.percent, amount=_only(self.amount), invoices=self.invoices or 1)
            case "free_months":
                return FreeMonths(months=self.months or 1)
            case "switch_plan":
                return SwitchPlan(price_id=self.price)
            case "pause":
                return Pause(months=self.months or 1)
            case "extend_trial":
                return ExtendTrial(days=self.days or 1)
            case "restart":
                return Restart()
            case "call_back":
                return CallBack(who=StaffId(self.who) if self.who else None)
            case "no_offer":
                return NoOffer()


class RuleSchema(Schema):
    """One rule: whom it is for, and its steps in order."""

    name: RuleName
    reasons: frozenset[ReasonCode] = _CRITERIA
    feedback_options: frozenset[ShortText] = _CRITERIA
    tags: frozenset[ShortText] = _CRITERIA
    kinds: frozenset[CancellationKind] = _CRITERIA
    products: frozenset[ShortText] = _CRITERIA
    prices: frozenset[ShortText] = _CRITERIA
    countries: frozenset[CountryCode] = _CRITERIA
    phases: frozenset[Literal["pending", "trialing", "ended"]] = _CRITERIA
    words: YesOrNo | None = None
    monthly_min: AmountTable = Field(default_factory=dict)
    monthly_max: AmountTable = Field(default_factory=dict)
    paid_months_min: WholeNumber | None = Field(default=None, ge=0)
    paid_months_max: WholeNumber | None = Field(default=None, ge=0)
    never: frozenset[Never] = frozenset()
    steps: tuple[StepSchema, ...] = ()

    @model_validator(mode="after")
    def _ids(self) -> Self:
        for key, ids, other in (("products", self.products, "price_"), ("prices", self.prices, "prod_")):
            strange = sorted(each for each in ids if each.startswith(other))
            if strange:
                raise ValueError(
                    f"{key} has {strange[0]}, which is none of Stripe's {key}; write it under the other key"
                )
        return self

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        forbidden = sorted({step.offer for step in self.steps} & self.never)
        if forbidden:
            raise ValueError(f"offers {', '.join(forbidden)}, which it forbids under never")
        return self

    def to_domain(self) -> Rule:
        """Return the domain's value."""
        own = {each.name: getattr(self, each.name) for each in fields(Match)}
        own["tags"] = frozenset(tag.casefold() for tag in self.tags)
        own |= {name: tuple(own[name].values()) for name in ("monthly_min", "monthly_max")}
        return Rule(
            name=self.name, match=Match(**own), steps=tuple(step.to_domain() for step in self.steps), never=self.never
        )


def _only(amounts: dict[str, Money] | None) -> Money | None:
    return next(iter(amounts.values())) if amounts else None
