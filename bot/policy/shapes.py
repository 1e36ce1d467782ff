"""What may stand in a policy file, as pydantic models; a key that is not among them is a fault."""

import re
from datetime import time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from domain.ids import StaffId
from domain.money import Money
from domain.offer import (
    CallBack,
    Discount,
    ExtendTrial,
    FreeMonths,
    NoOffer,
    Offer,
    OfferKind,
    Pause,
    Restart,
    SwitchPlan,
    UpTo,
)
from domain.policy import Consent, Hours, Limits, Match, Rule, Step, When
from domain.portal_setting import PortalSetting
from wording.typed_money import typed_money

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d{1,4}) (minute|hour|day|week)s?", re.ASCII)


def _span(value: Any) -> Any:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('is no length of time: write it like "2 hours", "3 days" or "2 weeks"')
    return timedelta(**{f"{found[2]}s": int(found[1])})


def _amounts(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError('is no table of amounts: write it like { eur = "500" }')  # noqa: TRY004  # pydantic gathers those
    amounts = {}
    for currency, text in value.items():
        if not re.fullmatch(r"[a-z]{3}", currency):
            raise ValueError(f'"{currency}" is no currency: write it like eur')
        if not isinstance(text, str):
            raise ValueError(f'the amount of {currency} must stand in quotes, like "49.50"')  # noqa: TRY004
        amounts[currency] = typed_money(text, currency)
    return amounts


def _decimal(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise ValueError("is no number")  # noqa: TRY004  # pydantic gathers ValueErrors
    return Decimal(str(value))


Span = Annotated[timedelta, BeforeValidator(_span)]
Amounts = Annotated[dict[str, Money], BeforeValidator(_amounts)]
Percent = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, le=100)]
Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\r\n`*_~<>|]+$")]
Word = Annotated[str, Field(min_length=1, max_length=200)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Reason = Literal[
    "too_expensive", "unused", "missing_features", "switched_service", "customer_service", "too_complex", "low_quality",
    "other", "none",
]  # fmt: skip
Kind = Literal["cancellation_requested", "payment_failed", "payment_disputed", "trial_ended"]
Time = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Shape(BaseModel):
    """A table of the file; what is misspelled is a fault, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class UpToShape(Shape):
    """How far a manager may change the offer alone."""

    percent: Percent | None = None
    amount: Amounts | None = None
    invoices: int | None = Field(default=None, ge=1, le=24)
    months: int | None = Field(default=None, ge=1, le=12)
    days: int | None = Field(default=None, ge=1, le=90)

    def value(self) -> UpTo:
        """Turn into the domain's."""
        return UpTo(
            percent=self.percent,
            amount=_only(self.amount),
            invoices=self.invoices,
            months=self.months,
            days=self.days,
        )


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


class StepShape(Shape):
    """One thing that is offered, with its time."""

    after: Span | None = None
    before_end: Span | None = None
    after_end: Span | None = None
    offer: OfferKind
    percent: Percent | None = None
    amount: Amounts | None = None
    invoices: int | None = Field(default=None, ge=1, le=24)
    months: int | None = Field(default=None, ge=1, le=12)
    days: int | None = Field(default=None, ge=1, le=90)
    price: str | None = Field(default=None, pattern=r"^price_\w+$")
    who: str | None = Field(default=None, pattern=r"^[UW][A-Z0-9]{2,}$")
    up_to: UpToShape = UpToShape()
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
            raise ValueError("percent must be above 0 and below 100; for all of it there is free_months")
        if self.amount is not None and len(self.amount) != 1:
            raise ValueError("amount names one currency; write one rule for each")

    def value(self) -> Step:
        """Turn into the domain's."""
        return Step(
            when=self._when(), offer=self._offer(), up_to=self.up_to.value(), subject=self.subject, text=self.text
        )

    def _when(self) -> When:
        if self.before_end is not None:
            return When(anchor="before_end", span=self.before_end)
        if self.after_end is not None:
            return When(anchor="after_end", span=self.after_end)
        return When(anchor="after", span=self.after or timedelta())

    def _offer(self) -> Offer:
        match self.offer:
            case "discount":
                return Discount(percent=self.percent, amount=_only(self.amount), invoices=self.invoices or 1)
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


class RuleShape(Shape):
    """One rule: whom it is for, and its steps in order."""

    name: Name
    reasons: frozenset[Reason] = frozenset()
    feedback_options: frozenset[Word] = frozenset()
    tags: frozenset[Word] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    products: frozenset[Word] = frozenset()
    prices: frozenset[Word] = frozenset()
    countries: frozenset[Country] = frozenset()
    phases: frozenset[Literal["pending", "trialing", "ended"]] = frozenset()
    words: bool | None = None
    monthly_min: Amounts = {}
    monthly_max: Amounts = {}
    paid_months_min: int | None = Field(default=None, ge=0)
    paid_months_max: int | None = Field(default=None, ge=0)
    never: frozenset[OfferKind] = frozenset()
    steps: tuple[StepShape, ...] = ()

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        forbidden = sorted({step.offer for step in self.steps} & self.never)
        if forbidden:
            raise ValueError(f"offers {', '.join(forbidden)} and forbids it under never")
        return self

    def value(self) -> Rule:
        """Turn into the domain's."""
        match = Match(
            reasons=frozenset(self.reasons),
            feedback_options=self.feedback_options,
            tags=frozenset(tag.casefold() for tag in self.tags),
            kinds=frozenset(self.kinds),
            products=self.products,
            prices=self.prices,
            countries=self.countries,
            phases=frozenset(self.phases),
            words=self.words,
            monthly_min=tuple(self.monthly_min.values()),
            monthly_max=tuple(self.monthly_max.values()),
            paid_months_min=self.paid_months_min,
            paid_months_max=self.paid_months_max,
        )
        return Rule(name=self.name, match=match, steps=tuple(step.value() for step in self.steps), never=self.never)


class HoursShape(Shape):
    """When letters may go out."""

    start: Time = "09:00"
    end: Time = "18:00"
    weekdays: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(
        default=("mon", "tue", "wed", "thu", "fri"), min_length=1
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start >= self.end:
            raise ValueError("start must come before end, on the same day")
        return self

    def value(self) -> Hours:
        """Turn into the domain's."""
        return Hours(
            start=time.fromisoformat(self.start),
            end=time.fromisoformat(self.end),
            weekdays=frozenset(WEEKDAYS.index(day) for day in self.weekdays),
        )


class LimitsShape(Shape):
    """What holds over all offers."""

    percent: Percent = Decimal(30)
    invoices: int = Field(default=3, ge=1, le=24)
    cooldown: Span = timedelta(days=90)
    second_discount: bool = False
    budget_a_month: Amounts = {}
    budget_per_approver_a_day: Amounts = {}
    second_approver_above: Amounts = {}
    second_approver_factor: int = Field(default=20, ge=1)
    proposal_lifetime: Span = timedelta(days=7)
    offer_lifetime: Span = timedelta(days=14)
    oldest_case: Span = timedelta(days=120)
    holdout: Percent = Decimal(10)

    def value(self, hours: HoursShape) -> Limits:
        """Turn into the domain's; the share of the holdout is written in per cent."""
        own = {name: getattr(self, name) for name in type(self).model_fields}
        return Limits(**own | {"hours": hours.value(), "holdout": self.holdout / 100})


class ConsentShape(Shape):
    """Where a customer's yes is found."""

    key: Word = "marketing_consent"
    soft_opt_in: Word = "soft_opt_in"
    yes: tuple[Word, ...] = ("yes", "true", "1")
    not_needed: frozenset[Country] = frozenset()

    def value(self) -> Consent:
        """Turn into the domain's."""
        return Consent(
            key=self.key,
            soft_opt_in_key=self.soft_opt_in,
            yes=frozenset(word.casefold() for word in self.yes),
            not_needed=self.not_needed,
        )


class WordsShape(Shape):
    """Words of customers that change what happens, per language."""

    never_contact: dict[str, tuple[Word, ...]] = {}
    a_person_reads: dict[str, tuple[Word, ...]] = {}


class PortalShape(Shape):
    """How Stripe's customer portal should be set up, for `winback portal`."""

    cancel: bool = True
    cancel_mode: Literal["at_period_end", "immediately"] = "at_period_end"
    reasons: frozenset[Reason] = frozenset()
    feedback_options: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = ()
    switch_plan: bool = False
    products: dict[str, tuple[str, ...]] = {}
    pause: bool = False
    card: bool = True
    details: bool = True
    return_url: str | None = Field(default=None, pattern=r"^https?://\S+$")

    @field_validator("reasons")
    @classmethod
    def _stripes_own(cls, value: frozenset[str]) -> frozenset[str]:
        if "none" in value:
            raise ValueError("none is no reason that Stripe can ask for")
        return value

    def value(self) -> PortalSetting:
        """Turn into the domain's."""
        own = {name: getattr(self, name) for name in type(self).model_fields}
        return PortalSetting(**own | {"products": {each: frozenset(self.products[each]) for each in self.products}})


class FileShape(Shape):
    """The whole file."""

    limits: LimitsShape = LimitsShape()
    hours: HoursShape = HoursShape()
    consent: ConsentShape = ConsentShape()
    words: WordsShape = WordsShape()
    rules: tuple[RuleShape, ...] = ()
    portal: PortalShape | None = None

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        names = [rule.name.casefold() for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two rules are called {twice[0]!r}; names tell them apart")
        return self


def _only(amounts: dict[str, Money] | None) -> Money | None:
    return next(iter(amounts.values())) if amounts else None
