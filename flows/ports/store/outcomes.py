"""Outcomes of cases: who came back, how, and whether they stayed and paid."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.ids import CaseId, OfferId, PersonId, SubscriptionId
from domain.money import Money
from domain.winback.outcome import ReturnCause


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """How the person of a case came back. `version` guards each change; 0 is not stored yet.

    `kept_30` and `kept_90` are what was paid in the 30 and 90 days after `first_paid_at`, the first paid invoice since
    the return, net of discounts and refunds, without tax. They are None until that day, and zero if the customer had
    left again.
    """

    case_id: CaseId
    person_id: PersonId
    returned_at: datetime
    returned_with: SubscriptionId
    how: ReturnCause
    offer_id: OfferId | None
    first_paid_at: datetime | None
    kept_30: Money | None
    kept_90: Money | None
    stayed_30: bool | None
    stayed_90: bool | None
    version: int


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
    the holdout gets as well, and whoever was never drawn. `sent`: an email was sent. `picked`: staff began an offer by
    hand for this or another case of the person, at any time, so the person belongs to neither group. `staff_contact`:
    somebody talked to them. `switched_to` is what the subscription that they switched to brings a month, None if they
    did not switch. `still_subscribed`: they keep another that they had before. `drawn_both_ways`: they turned out to be
    two persons whom we had drawn into different groups, so they belong to neither.
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


class Outcomes(Protocol):
    """Outcomes of cases."""

    async def get(self, case_id: CaseId) -> OutcomeRow | None:
        """Read one."""

    async def save(self, row: OutcomeRow) -> bool:
        """Store a new (version 0) or changed one under its version; False: somebody was faster."""

    async def remove(self, case_id: CaseId) -> None:
        """Remove what was stored of a return that turned out not to be one, or was undone."""

    async def measured(self, *, since: datetime, until: datetime) -> list[MeasuredCase]:
        """Return the cases requested in a span, neither silent nor withdrawn, oldest first."""
