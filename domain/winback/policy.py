"""The policy: who gets which offer and when, and the limits on all offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from domain.ids import StaffId
from domain.money import Money
from domain.winback.offer import ManagerLimits, Offer, OfferKind

Anchor = Literal["after", "before_end", "after_end"]
"""Counted from the cancellation, back from the end, or from the end."""


PauseAccess = Literal["kept", "blocked"]
"""Whether a paused customer goes on using the product: Stripe keeps it, a company may block it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTiming:
    """When a step is due."""

    anchor: Anchor
    span: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which cases a rule is for; an empty or absent part matches every case.

    `words` True: only cases with a comment. `monthly_min` and `monthly_max` bound the monthly value (`would_be`) in
    their own currency; a case in another currency doesn't match.
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
    """One offer of a rule, at its time. `subject` and `text` are templates that replace the email's own text."""

    when: StepTiming
    offer: Offer
    up_to: ManagerLimits
    subject: str | None = None
    text: str | None = None


Never = Literal[OfferKind, "automatic_email"]
"""A kind of offer that a rule's cases never get, or that none of its emails goes out without a person's decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which cases get which offers; `never` lists what they never get, not even by hand."""

    name: str
    match: Match
    steps: tuple[Step, ...]
    never: frozenset[Never] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingHours:
    """Emails are sent from `start` to `end` on `weekdays` (Monday is 0) only, in the policy's timezone."""

    start: time
    end: time
    weekdays: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits on all offers. Amounts are per currency; a currency without one has no such limit."""

    percent: Decimal  # off an invoice, all discounts together
    invoices: int
    cooldown: timedelta  # per person, from an offer of one case to the next case
    step_gap: timedelta  # from one offer of a case to its next
    second_discount: bool  # whether a discount may be added while another one runs
    budget_a_month: Mapping[str, Money]
    budget_per_approver_a_day: Mapping[str, Money]
    second_approver_above: Mapping[str, Money]  # a currency not named: `second_approver_factor`
    second_approver_factor: int  # times the median monthly value of that currency's cases
    give_up_months: int  # how many months of a cheaper plan's difference count as given up
    pause_access: PauseAccess
    hours: SendingHours
    proposal_lifetime: timedelta
    offer_lifetime: timedelta
    approval_hold: timedelta  # how long an approved email waits before it leaves, so that it can be held
    remind_before_end: timedelta  # how long before an offer ends its one reminder goes out; zero: none does
    oldest_case: timedelta
    holdout: Decimal  # share, 0 to 1
    holdout_below: Mapping[str, Money]  # who pays this a month or more is never drawn into the holdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Where a customer's consent to marketing email is stored, and where none is needed."""

    key: str  # in the customer's metadata at Stripe
    soft_opt_in_key: str
    yes: frozenset[str]  # values that mean yes
    not_needed: frozenset[str]  # countries, ISO 3166 alpha-2
    asked: bool = True  # an offer that the customer asked for answers a request, and needs no consent


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A whole policy. `digest` changes whenever the file's meaning does; `zone` None: TIMEZONE isn't set.

    `own_site_code`: an email to a former customer also has a code for the company's own website, which works only for
    the same customer at Stripe. `match_noted`: a reason that staff noted counts for the rules like the customer's own.
    `notify`: the managers who are mentioned, once, when a proposal has less than a working day left.
    """

    rules: tuple[Rule, ...]
    limits: Limits
    consent: Consent
    no_contact_phrases: Mapping[str, tuple[str, ...]]  # per language: whole phrases that suppress the person
    person_reads: Mapping[str, tuple[str, ...]]  # per language: words that a person must read, so no automatic offer
    internal_domains: frozenset[str]
    zone: ZoneInfo | None
    digest: str
    own_site_code: bool = False
    match_noted: bool = False
    notify: tuple[StaffId, ...] = ()

    def rule(self, name: str) -> Rule | None:
        """Return the rule of this name, or None."""
        return next((rule for rule in self.rules if rule.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingApproval:
    """A manager's approval of a rule, for a time and up to a budget; it ends when anything it was based on changes."""

    rule: str
    digest: str
    approved_by: StaffId
    approved_at: datetime
    expires_at: datetime
    budget: Money
    spent: Money
