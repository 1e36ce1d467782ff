"""Answers to questions about what came of it all: `/winback stats`, `leak`, `customer`, `shipped`, and the App Home."""

from dataclasses import dataclass
from datetime import date, datetime

from domain.billing.subscription import Customer
from domain.cancellations.stored_case import Case, Facts
from domain.money import Money
from domain.winback.consent import ConsentState as Consented
from domain.winback.lift import Lift, TooFew
from domain.winback.proposal import OfferRow, ProposalRow
from flows.ports.store import Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelCounts:
    """How far a group of cases has come.

    `offered`: an offer was put to a person or is on its way to them, by the policy or by hand; `sent`: a letter was
    handed over. Back are those who `accepted` (by the offer's link or code: strong), came `after_email` (within 14
    days of one: weak), or came `by_themselves` (organic). `verified_30` and `verified_90` of them had paid and were
    still there so many days after their first paid invoice; `kept_30` and `kept_90` are what they paid till then, net
    of discounts and refunds, without tax: one amount a currency, by its code.
    """

    cases: int
    offered: int
    sent: int
    accepted: int
    after_email: int
    by_themselves: int
    verified_30: int
    verified_90: int
    kept_30: tuple[Money, ...]
    kept_90: tuple[Money, ...]

    @property
    def back(self) -> int:
        """How many are back, however."""
        return self.accepted + self.after_email + self.by_themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseGroup:
    """The cases of one reason or one rule; `name` None: no reason was given, or no rule decided anything for them."""

    name: str | None
    tally: FunnelCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The cases asked for within a span, in all and by reason and rule, the largest group first.

    Groups of fewer than three cases are left out: they would tell of single people.
    """

    since: datetime
    until: datetime
    whole: FunnelCounts
    by_reason: tuple[CaseGroup, ...]
    by_rule: tuple[CaseGroup, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What `/winback stats` tells.

    `lift` has a span of its own, `lift_since` till `lift_until`: those for whom the policy decided within it have all
    had the same time to come back and pay. `talked_to` of the people in the holdout were talked to by staff, so that
    they are no pure comparison.
    """

    summary: Summary
    lift: Lift | TooFew
    lift_since: datetime
    lift_until: datetime
    talked_to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What one reason costs a month: `monthly` in all, and `addressed` of it by a rule that decided an offer."""

    cases: int
    monthly: Money
    addressed: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class LossGroup:
    """A reason, or for a failed payment its decline code, with what is lost through it, by currency.

    `why` is Stripe's feedback, its kind of cancellation where nobody was asked, or None where no reason was given.
    """

    why: str | None
    decline_code: str | None
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LossReport:
    """What `/winback leak` tells: the monthly value of those who left within a span and are not back.

    `whole` has one entry a currency, in the same order as each hole's; the largest hole comes first.
    """

    since: datetime
    until: datetime
    whole: tuple[Loss, ...]
    holes: tuple[LossGroup, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerProfile:
    """What is known of one person.

    `customers` are theirs at Stripe as far as the question found them, each with whether they consented to letters.
    `proposals` leave out what nobody was shown.
    """

    customers: tuple[tuple[Customer, Consented], ...]
    cases: tuple[tuple[Case, Facts], ...]
    proposals: tuple[ProposalRow, ...]
    offers: tuple[OfferRow, ...]
    suppression: Suppression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundProfiles:
    """Everybody whom a question is about; nobody: an empty tuple.

    `search_answered` False: other spellings of the address were not checked at Stripe.
    """

    people: tuple[CustomerProfile, ...]
    search_answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCounts:
    """A day of the policy's zone: how many asked to leave on it, and how many of these cases came back on it."""

    on: date
    left: int
    back: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFigures:
    """The last 30 days, for the App Home: the same summary as `/winback stats 30d`, and each day, the oldest first."""

    summary: Summary
    days: tuple[DayCounts, ...]
