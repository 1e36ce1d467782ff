"""What is known of subscriptions: all that was seen, and the cases in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.cancellations.observation import Observation
from domain.cancellations.stored_case import Case, Comeback, Facts
from domain.ids import (
    CaseId,
    CustomerId,
    PersonId,
    SubscriptionId,
)
from domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRow:
    """A subscription we have seen. `version` rises with each read that was taken in."""

    id: SubscriptionId
    customer_id: CustomerId
    person_id: PersonId
    created_at: datetime
    was_live: bool
    facts: Facts | None
    version: int


class Observations(Protocol):
    """All that was ever seen of subscriptions."""

    async def version(self, subscription_id: SubscriptionId) -> int:
        """Say the row's version, 0 where there is none yet."""

    async def row(self, subscription_id: SubscriptionId) -> SubscriptionRow | None:
        """Read a subscription's row."""

    async def save_row(self, row: SubscriptionRow, *, expected_version: int) -> bool:
        """Insert (expected 0) or update, guarded by the version."""

    async def add(self, observations: Sequence[Observation]) -> int:
        """Add those not there yet (by source id); return how many were new."""

    async def of(self, subscription_id: SubscriptionId) -> list[Observation]:
        """All observations of a subscription, in no order that matters."""

    async def rows_of_person(self, person_id: PersonId) -> list[SubscriptionRow]:
        """All subscriptions of a person."""


class Cases(Protocol):
    """Cases and what people did with them."""

    async def get(self, case_id: CaseId) -> Case | None:
        """Read one case."""

    async def of_subscription(self, subscription_id: SubscriptionId) -> list[Case]:
        """All cases of a subscription, by the time of the request."""

    async def of_person(self, person_id: PersonId) -> list[Case]:
        """All cases of a person, by the time of the request."""

    async def add(self, case: Case) -> None:
        """Store a new case."""

    async def save(self, case: Case) -> bool:
        """Store a changed case under its version; False: somebody was faster. The stored version rises by one."""

    async def open_ids(self, *, since: datetime) -> list[CaseId]:
        """List the cases that an offer may still be for, the oldest request first.

        Asked for since a moment, or ending after it; neither silent, nor withdrawn, nor taken back.
        """

    async def open(self, *, since: datetime) -> list[tuple[Case, Facts]]:
        """List the cases of `open_ids`, in the same order, each with what was last read of its subscription."""

    async def asked_ids(self, *, since: datetime) -> list[CaseId]:
        """List the cases asked for since a moment, the oldest first: silent ones too, but for those withdrawn."""

    async def median_monthly(self) -> dict[str, Money]:
        """Say, per currency, the median monthly value of the newest 1000 cases; withdrawn ones do not count."""

    async def comeback(self, case: Case) -> Comeback | None:
        """Say how the person of a case is back, if they are: resumed, or by a later subscription that was live.

        Who never left, by a case that was withdrawn, is not back.
        """
