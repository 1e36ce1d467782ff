"""Reports: each case as it is counted, settled when something of its person changes, and the counts of a span."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from domain.ids import CaseId, PersonId, SubscriptionId
from domain.money import Money
from domain.results.funnel import NOT_EVALUATED, Stop
from domain.winback.lift import Arm
from flows.ports.store.outcomes import OutcomeRow
from flows.ports.store.reported_case import ReportedCase


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldoutDraw:
    """The first decision on a case that separates people with an offer from the holdout."""

    at: datetime
    holdout: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredCase:
    """One case for statistics, with what was decided for it and what came of it.

    `monthly` is what it brought a month; `value_known` is false where that can't be known. `rule` is the one that
    decided first, for the holdout too; None: none did. `offered`: a proposal for it was shown. `draw` leaves out what
    the holdout gets as well, and who was never drawn. `sent`: an email was sent. `picked`: staff began an offer by
    hand for this or another case of the person, at any time, so the person belongs to neither group. `staff_contact`:
    somebody talked to them. `switched_to` is what the subscription that they switched to brings a month, None if they
    did not switch. `still_subscribed`: they keep another that they had before. `drawn_both_ways`: they turned out to be
    two persons whom we had drawn into different groups, so they belong to neither. `asked_why`: they cancelled
    themselves. `told_by`: who told the reason, None if nobody did.
    """

    case_id: CaseId
    person_id: PersonId
    requested_at: datetime
    monthly: Money
    kind: str | None
    reason: str | None
    decline_code: str | None
    rule: str | None
    offered: bool
    draw: HoldoutDraw | None
    picked: bool
    sent: bool
    staff_contact: bool
    outcome: OutcomeRow | None
    switched_to: Money | None = None
    still_subscribed: bool = False
    drawn_both_ways: bool = False
    value_known: bool = True
    asked_why: bool = False
    told_by: Literal["customer", "staff"] | None = None
    stop: Stop = NOT_EVALUATED


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCounts:
    """What one case or many add to each figure; the amounts are in minor units of one currency.

    `kept_30` and `kept_90` are of `paid_30` and `paid_90` returns: those that answer one case only. `lost` is what
    `lost_cases` brought a month, `addressed` the part of it that a rule addressed; `gained` is what `gained_cases`
    brought more by a switch. `unknown` counts those that are lost at a value that isn't known. Of those who cancelled
    themselves (`asked_why`) the reason is known of `reason_known`, of `reason_noted` by staff alone.
    """

    cases: int = 0
    offered: int = 0
    sent: int = 0
    accepted: int = 0
    after_email: int = 0
    by_themselves: int = 0
    verified_30: int = 0
    verified_90: int = 0
    paid_30: int = 0
    paid_90: int = 0
    kept_30: int = 0
    kept_90: int = 0
    switched: int = 0
    still_subscribed: int = 0
    lost_cases: int = 0
    lost: int = 0
    addressed: int = 0
    gained_cases: int = 0
    gained: int = 0
    unknown: int = 0
    asked_why: int = 0
    reason_known: int = 0
    reason_noted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedDraw:
    """The decision by which a case counts for the lift, and whether it was won by then.

    A person counts once in a span, by their first decision: `drawn_before_at` and `drawn_after_at` are when the nearest
    cases of the person with an earlier decision were requested, before this one and after it. It counts in spans that
    reach neither.
    """

    draw_at: datetime
    held_out: bool
    won: bool
    talked_to: bool
    drawn_before_at: datetime | None
    drawn_after_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOnce:
    """What returns kept in one currency that count once, in minor units, and how many of them paid."""

    paid_30: int = 0
    paid_90: int = 0
    kept_30: int = 0
    kept_90: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedReturn:
    """What a return kept that answers several cases: it counts once in a span, with the last of them.

    `next_at` is when the next of them was requested, None for the last; then the next with the same reason, and the
    next with the same rule. The return counts with a case in spans that end before that.
    """

    next_at: datetime | None
    next_of_reason_at: datetime | None
    next_of_rule_at: datetime | None
    kept: KeptOnce = KeptOnce()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """What a case adds to the reports in one currency; its first line carries all that has no currency.

    `monthly` is what it brought a month in that currency, in minor units, 0 where that isn't known.
    """

    case_id: CaseId
    currency: str
    requested_at: datetime
    reason: str | None
    decline_code: str | None
    rule: str | None
    counts: CaseCounts
    draw: CountedDraw | None = None
    returned_at: datetime | None = None
    returned_with: SubscriptionId | None = None
    shared: SharedReturn | None = None
    stop: Stop = NOT_EVALUATED
    monthly: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportGroup:
    """The cases of a span that are alike, counted."""

    reason: str | None
    decline_code: str | None
    rule: str | None
    currency: str
    counts: CaseCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedGroup:
    """What shared returns kept, each counted once in the whole span, once in each reason, and once in each rule."""

    reason: str | None
    rule: str | None
    currency: str
    whole: KeptOnce
    of_reason: KeptOnce
    of_rule: KeptOnce


class Reports(Protocol):
    """Cases as the reports count them, neither silent nor withdrawn.

    The database notes the person of each row that a figure depends on whenever it changes.
    """

    async def has_changes(self) -> bool:
        """Return whether there are people whose cases must be counted again."""

    async def count_changed(self) -> int:
        """Return the number of people whose cases must be counted again."""

    async def take_changed(self, *, limit: int) -> Sequence[PersonId]:
        """Take the people of at most `limit` changes, with those who share a return with them.

        Locks out others that count, until this transaction ends.
        """

    async def measured(self, people: Collection[PersonId]) -> list[MeasuredCase]:
        """Return the cases of some people, neither silent nor withdrawn, the oldest request first."""

    async def replace(self, people: Collection[PersonId], lines: Sequence[ReportLine]) -> None:
        """Store the lines of all cases of some people, in place of the ones before."""

    async def groups(self, *, since: datetime, until: datetime) -> list[ReportGroup]:
        """Count the cases requested in a span."""

    async def cases(self, *, since: datetime, until: datetime) -> list[ReportedCase]:
        """Return the cases requested in a span, the oldest first."""

    async def shared_returns(self, *, since: datetime, until: datetime) -> list[SharedGroup]:
        """Count what was kept by returns that answer several cases requested in a span."""

    async def arms(self, *, since: datetime, until: datetime) -> tuple[Arm, Arm, int]:
        """Return the offered, the held out, and how many of the held out staff talked to.

        Only cases requested in the span and decided by its end count.
        """

    async def brought_back(self, *, since: datetime, until: datetime) -> Sequence[Money]:
        """Return what those who came back in a span had brought a month, by currency, sorted by code."""

    async def left_and_back(
        self, day: tuple[datetime, datetime], *, since: datetime, until: datetime
    ) -> tuple[int, int]:
        """Return how many of the cases requested in a span were requested on a day, and how many came back on it.

        Those who switched to another subscription didn't leave.
        """
