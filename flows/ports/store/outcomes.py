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
    kept_30: Money | None = None
    kept_90: Money | None = None
    stayed_30: bool | None = None
    stayed_90: bool | None = None
    version: int


class Outcomes(Protocol):
    """Outcomes of cases."""

    async def get(self, case_id: CaseId) -> OutcomeRow | None:
        """Read one."""

    async def save(self, row: OutcomeRow) -> bool:
        """Store a new (version 0) or changed one under its version; False: somebody was faster."""

    async def remove(self, case_id: CaseId) -> None:
        """Remove what was stored of a return that turned out not to be one, or was undone."""
