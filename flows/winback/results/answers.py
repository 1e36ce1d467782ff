"""Answers of `/winback stats`, `leak` and `customer`, and the figures of the App Home."""

from dataclasses import dataclass
from datetime import date, datetime

from domain.billing.subscription import Customer
from domain.cancellations.stored_case import Case, Facts
from domain.money import Money
from domain.results.funnel import Funnel
from domain.winback.consent import ConsentState as Consented
from domain.winback.lift import Lift, TooFew
from domain.winback.proposal import OfferRow, ProposalRow
from flows.ports.store import ReportedCase, Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelCounts:
    """How far a group of cases has come.

    `offered`: somebody proposed an offer, or it is on its way; `sent`: its email was sent. Those who are back
    `accepted` the link or code (strong), came `after_email` within 14 days (weak), or `by_themselves` (organic).
    `verified_30` and `verified_90` count those who had paid and were still customers that many days after their first
    paid invoice. `kept_30` and `kept_90` are what they paid by then, after discounts and refunds, before tax: one
    amount per currency, sorted by code. `switched` to another subscription at the time of the request;
    `still_subscribed` to another that they had before. Of those who cancelled themselves (`asked_why`) the reason is
    known of `reason_known`, of `reason_noted` by staff alone.
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
    switched: int = 0
    still_subscribed: int = 0
    asked_why: int = 0
    reason_known: int = 0
    reason_noted: int = 0

    @property
    def back(self) -> int:
        """How many are back, for whatever reason."""
        return self.accepted + self.after_email + self.by_themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseGroup:
    """The cases of one reason or rule; `name` None: no reason was given, or no rule decided anything."""

    name: str | None
    counts: FunnelCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The cases requested in a period, in total and by reason and rule, largest group first.

    Groups of fewer than three cases are left out, because they would reveal single people.
    """

    since: datetime
    until: datetime
    whole: FunnelCounts
    by_reason: tuple[CaseGroup, ...]
    by_rule: tuple[CaseGroup, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What `/winback stats` shows.

    `lift` has its own period, `lift_since` to `lift_until`, so that everybody in it has had the same time to return and
    pay. Staff talked to `talked_to` people of the holdout, who are therefore no pure comparison. `uncounted`, here and
    below, is of how many people something newer isn't counted yet: after an update, for some minutes.
    """

    summary: Summary
    lift: Lift | TooFew
    funnel: Funnel
    lift_since: datetime
    lift_until: datetime
    talked_to: int
    uncounted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What one reason costs per month: `monthly` in total, `addressed` of it by a rule that decided an offer."""

    cases: int
    monthly: Money
    addressed: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class LossGroup:
    """The losses of one reason, or of one decline code for failed payments, by currency.

    `why` is Stripe's feedback, its kind of cancellation if nobody was asked, or None if no reason was given. `unknown`
    counts the cases whose value isn't known.
    """

    why: str | None
    decline_code: str | None
    losses: tuple[Loss, ...]
    unknown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LossReport:
    """What `/winback leak` shows: the monthly value of those who left in a period and aren't back.

    `whole` has one entry per currency, in the same order as each group's; the largest group comes first. Of those who
    switched to another subscription only the difference is lost; `gained` is what those who pay more bring besides.
    `unknown` counts the cases whose value isn't known: they are in no amount.
    """

    since: datetime
    until: datetime
    whole: tuple[Loss, ...]
    groups: tuple[LossGroup, ...]
    gained: tuple[Money, ...] = ()
    unknown: int = 0
    uncounted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerProfile:
    """What we know about one person.

    `customers` are theirs at Stripe as far as the search found them, each with their consent to marketing email.
    `proposals` leaves out what nobody may see.
    """

    customers: tuple[tuple[Customer, Consented], ...]
    cases: tuple[tuple[Case, Facts], ...]
    proposals: tuple[ProposalRow, ...]
    offers: tuple[OfferRow, ...]
    suppression: Suppression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundProfiles:
    """Everybody the search found. `search_answered` False: Stripe couldn't search for other spellings."""

    people: tuple[CustomerProfile, ...]
    search_answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReport:
    """A case of a period with its win-back: the accepted offer, else the newest proposal that was shown, or nothing."""

    case: ReportedCase
    proposal: ProposalRow | None
    offer: OfferRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodReport:
    """What `winback report` prints: the figures of `stats` and `leak`, and the cases that they count."""

    summary: Summary
    losses: LossReport
    cases: tuple[CaseReport, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCounts:
    """How many cancelled on a day in the policy's timezone, and how many of these cases came back on it."""

    on: date
    left: int
    back: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFigures:
    """The last 30 days for the App Home: the summary of `/winback stats 30d`, and each day, oldest first."""

    summary: Summary
    days: tuple[DayCounts, ...]
    funnel: Funnel
    uncounted: int = 0
