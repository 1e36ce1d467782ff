"""What may stand in a policy file, as pydantic models; a key that is not among them is a fault."""

from datetime import time, timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from bot.policy.rule_schema import RuleShape
from bot.policy.value_types import Amounts, Country, Percent, Reason, Shape, Span, Time, Word
from domain.billing.portal_settings import PortalSetting
from domain.winback.policy import Consent, Hours, Limits

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


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
    budget_a_month: Amounts = Field(default_factory=dict)
    budget_per_approver_a_day: Amounts = Field(default_factory=dict)
    second_approver_above: Amounts = Field(default_factory=dict)
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

    never_contact: dict[str, tuple[Word, ...]] = Field(default_factory=dict)
    a_person_reads: dict[str, tuple[Word, ...]] = Field(default_factory=dict)


class PortalShape(Shape):
    """How Stripe's customer portal should be set up, for `winback portal`."""

    cancel: bool = True
    cancel_mode: Literal["at_period_end", "immediately"] = "at_period_end"
    reasons: frozenset[Reason] = frozenset()
    feedback_options: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = ()
    switch_plan: bool = False
    products: dict[str, tuple[str, ...]] = Field(default_factory=dict)
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

    limits: LimitsShape = Field(default_factory=LimitsShape)
    hours: HoursShape = Field(default_factory=HoursShape)
    consent: ConsentShape = Field(default_factory=ConsentShape)
    words: WordsShape = Field(default_factory=WordsShape)
    rules: tuple[RuleShape, ...] = ()
    portal: PortalShape | None = None

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        names = [rule.name.casefold() for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two rules are called {twice[0]!r}; names tell them apart")
        return self
