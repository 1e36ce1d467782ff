"""The schema of a policy file, as pydantic models; an unknown key is a fault."""

from datetime import time, timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from bot.policy.rule_schema import RuleSchema
from bot.policy.value_types import (
    AmountTable,
    CountryCode,
    Duration,
    Lifetime,
    MemberId,
    Percent,
    Phrase,
    ReasonCode,
    Schema,
    ShortText,
    TimeOfDay,
    WholeNumber,
    YesOrNo,
)
from domain.billing.portal_access import PortalSetting
from domain.winback.offer_lifetime import REMINDER_DISTANCE
from domain.winback.policy import Consent, Limits, PauseAccess, SendingHours

_NO = frozenset({"no", "false", "0", "off", "none", "nein", "non"})
_REMINDER = timedelta(days=3)
_HOLD = timedelta(minutes=5)
_LONGEST_HOLD = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class HoursSchema(Schema):
    """When emails may be sent."""

    start: TimeOfDay = "09:00"
    end: TimeOfDay = "18:00"
    weekdays: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(
        default=("mon", "tue", "wed", "thu", "fri"), min_length=1
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start >= self.end:
            raise ValueError('start must come before end, on the same day, like start = "09:00" and end = "18:00"')
        return self

    def to_domain(self) -> SendingHours:
        """Return the domain's value."""
        return SendingHours(
            start=time.fromisoformat(self.start),
            end=time.fromisoformat(self.end),
            weekdays=frozenset(WEEKDAYS.index(day) for day in self.weekdays),
        )


class PauseSchema(Schema):
    """What a pause means for the customer; Stripe leaves access to the company."""

    access: PauseAccess = "kept"


class LimitsSchema(Schema):
    """The limits of all offers."""

    percent: Percent = Decimal(30)
    invoices: WholeNumber = Field(default=3, ge=1, le=24)
    cooldown: Duration = timedelta(days=90)
    step_gap: Duration = timedelta(days=10)
    second_discount: YesOrNo = False
    budget_a_month: AmountTable = Field(default_factory=dict)
    budget_per_approver_a_day: AmountTable = Field(default_factory=dict)
    second_approver_above: AmountTable = Field(default_factory=dict)
    second_approver_factor: WholeNumber = Field(default=20, ge=1)
    give_up_months: WholeNumber = Field(default=12, ge=1, le=60)
    proposal_lifetime: Lifetime = timedelta(days=7)
    offer_lifetime: Lifetime = timedelta(days=14)
    approval_hold: Duration = _HOLD
    remind_before_end: Duration | None = None
    oldest_case: Lifetime = timedelta(days=120)
    holdout: Percent = Decimal(0)
    holdout_below: AmountTable = Field(default_factory=dict)

    @field_validator("approval_hold")
    @classmethod
    def _short(cls, value: timedelta) -> timedelta:
        if value > _LONGEST_HOLD:
            raise ValueError('must be at most "24 hours": it is only the time to notice a slip')
        return value

    def to_domain(self, hours: HoursSchema, pause: PauseSchema) -> Limits:
        """Return the domain's limits; the file gives the holdout in per cent."""
        own = {name: getattr(self, name) for name in type(self).model_fields}
        apart = {"hours": hours.to_domain(), "pause_access": pause.access, "holdout": self.holdout / 100}
        return Limits(**own | apart | {"remind_before_end": self._reminder()})

    def _reminder(self) -> timedelta:
        """Return what the file says, else the built-in time if the lifetime of offers leaves room for it."""
        if self.remind_before_end is not None:
            return self.remind_before_end
        return _REMINDER if self.offer_lifetime >= _REMINDER + REMINDER_DISTANCE else timedelta()


class ConsentSchema(Schema):
    """Where a customer's consent is stored."""

    key: ShortText = "marketing_consent"
    soft_opt_in: ShortText = "soft_opt_in"
    yes: tuple[ShortText, ...] = Field(default=("yes", "true", "1"), min_length=1)
    not_needed: frozenset[CountryCode] = frozenset()
    asked: YesOrNo = True

    @field_validator("yes")
    @classmethod
    def _not_no(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        against = [word for word in value if word.strip().casefold() in _NO]
        if against:
            raise ValueError(f'"{against[0]}" can\'t mean yes: write what stands in the metadata of those who agreed')
        return value

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.key.strip() == self.soft_opt_in.strip():
            raise ValueError(
                "key and soft_opt_in are the same, so nobody could tell who agreed and who only bought; "
                'write two keys, like "marketing_consent" and "soft_opt_in"'
            )
        return self

    def to_domain(self) -> Consent:
        """Return the domain's value."""
        return Consent(
            key=self.key,
            soft_opt_in_key=self.soft_opt_in,
            yes=frozenset(word.casefold() for word in self.yes),
            not_needed=self.not_needed,
            asked=self.asked,
        )


class WordsSchema(Schema):
    """Phrases in customers' comments that change what happens, by language."""

    never_contact: dict[str, tuple[Phrase, ...]] = Field(default_factory=dict)
    a_person_reads: dict[str, tuple[ShortText, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _apart(self) -> Self:
        closing = {phrase.casefold() for phrases in self.never_contact.values() for phrase in phrases}
        both = [each for phrases in self.a_person_reads.values() for each in phrases if each.casefold() in closing]
        if both:
            raise ValueError(
                f'a_person_reads has "{both[0]}", which is in never_contact too; remove it from one of them'
            )
        return self


class PortalSchema(Schema):
    """How Stripe's customer portal should be set up, for `winback portal`."""

    cancel: YesOrNo = True
    cancel_mode: Literal["at_period_end", "immediately"] = "at_period_end"
    reasons: frozenset[ReasonCode] = frozenset()
    feedback_options: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = ()
    switch_plan: YesOrNo = False
    products: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    pause: YesOrNo = False
    card: YesOrNo = True
    details: YesOrNo = True
    return_url: str | None = Field(default=None, pattern=r"^https?://\S+$")

    @field_validator("reasons")
    @classmethod
    def _stripes_own(cls, value: frozenset[str]) -> frozenset[str]:
        if "none" in value:
            raise ValueError("can't contain none: Stripe has no such reason")
        return value

    def to_domain(self) -> PortalSetting:
        """Return the domain's value."""
        own = {name: getattr(self, name) for name in type(self).model_fields}
        return PortalSetting(**own | {"products": {each: frozenset(self.products[each]) for each in self.products}})


class PolicySchema(Schema):
    """The whole file."""

    own_site_code: YesOrNo = False
    match_noted: YesOrNo = False
    notify: tuple[MemberId, ...] = ()
    limits: LimitsSchema = Field(default_factory=LimitsSchema)
    hours: HoursSchema = Field(default_factory=HoursSchema)
    pause: PauseSchema = Field(default_factory=PauseSchema)
    consent: ConsentSchema = Field(default_factory=ConsentSchema)
    words: WordsSchema = Field(default_factory=WordsSchema)
    rules: tuple[RuleSchema, ...] = ()
    portal: PortalSchema | None = None
