"""The policy: which offer is made to whom and when, and the limits that hold over all offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from domain.money import Money
from domain.winback.offer import ManagerLimits, Offer, OfferKind

Anchor = Literal["after", "before_end", "after_end"]
"""Counted from the request, back from the end, or from the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTiming:
    """The moment of a step."""

    anchor: Anchor
    span: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Whom a rule is for; an empty or absent part asks for nothing.

    `words` True: only cases with words of the customer's own; `monthly_min` and `monthly_max` bound the monthly value
    (`would_be`) in their own currency, and a case of another currency does not match.
    """

    reasons: frozenset[str] = frozenset()
    feedback_options: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    prices: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    phases: frozenset[str] = frozenset()
    words: bool | None = None
    monthly_min: tuple[Money, ...] = ()
    monthly_max: tuple[Money, ...] = ()
    paid_months_min: int | None = None
    paid_months_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing a rule offers, at its time. `subject` and `text` override the letter's own words (templates)."""

    when: StepTiming
    offer: Offer
    up_to: ManagerLimits
    subject: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who gets what; `never` names kinds of offer that this rule's cases get from nobody, not by hand either."""

    name: str
    match: Match
    steps: tuple[Step, ...]
    never: frozenset[OfferKind] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingHours:
    """Letters go out from `start` till `end` on `weekdays` (Monday 0) only, local time of the policy's zone."""

    start: time
    end: time
    weekdays: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What holds over all offers. Amounts are per currency; a currency that has none has no limit of that kind."""

    percent: Decimal  # of all discounts together
    invoices: int
    cooldown: timedelta  # per person, over all offers
    second_discount: bool  # whether one may be added while another runs
    budget_a_month: Mapping[str, Money]
    budget_per_approver_a_day: Mapping[str, Money]
    second_approver_above: Mapping[str, Money]  # a currency not named: `second_approver_factor`
    second_approver_factor: int  # times the median monthly value of that currency's cases
    hours: SendingHours
    proposal_lifetime: timedelta
    offer_lifetime: timedelta
    oldest_case: timedelta
    holdout: Decimal  # share, 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Where the word of a customer that they want such letters is found, and where none is needed."""

    key: str  # of the customer's metadata at Stripe
    soft_opt_in_key: str
    yes: frozenset[str]  # values that mean yes
    not_needed: frozenset[str]  # countries, ISO 3166 alpha-2


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A whole policy. `digest` changes with every change of the file that matters; `zone` None: TIMEZONE is not set."""

    rules: tuple[Rule, ...]
    limits: Limits
    consent: Consent
    no_contact_phrases: Mapping[str, tuple[str, ...]]  # per language: whole phrases that suppress
    person_reads: Mapping[str, tuple[str, ...]]  # per language: words that want a person to read, no automatic offer
    internal_domains: frozenset[str]
    zone: ZoneInfo | None
    digest: str

    def rule(self, name: str) -> Rule | None:
        """Find a rule by its name."""
        return next((rule for rule in self.rules if rule.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingApproval:
    """A manager approved a rule once, for a time and up to a budget; it falls when anything it rested on changes."""

    rule: str
    digest: str
    approved_by: str
    approved_at: datetime
    expires_at: datetime
    budget: Money
    spent: Money
