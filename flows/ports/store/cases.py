"""Observations of subscriptions, and the cases in them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.cancellations.observation import Observation
from domain.cancellations.routine import KnownSubscription
from domain.cancellations.sequel import Sequel
from domain.cancellations.stored_case import Case, CustomerReturn, Facts
from domain.ids import CaseId, CustomerId, PersonId, SubscriptionId
from domain.money import Money
from domain.results.themes import CustomerComment


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRow:
    """A subscription that we have read. `version` rises with each read."""

    id: SubscriptionId
    customer_id: CustomerId
    person_id: PersonId
    created_at: datetime
    was_live: bool
    facts: Facts | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSubscription:
    """What is stored that an event about a subscription needs.

    `canceled_ats` are the requests of its cases, `floor` is the checkpoint asked for, and `is_paused` tells whether the
    effects at Stripe are. A case is only added together with a higher version of the row.
    """

    row: SubscriptionRow | None
    has_cases: bool
    canceled_ats: frozenset[datetime]
    floor: datetime | None
    is_paused: bool

    @property
    def version(self) -> int:
        """Return the row's version, 0 if there is none yet."""
        return 0 if self.row is None else self.row.version


class Observations(Protocol):
    """All observations of subscriptions."""

    async def version(self, subscription_id: SubscriptionId) -> int:
        """Return the row's version, 0 if there is none yet."""

    async def stored(self, subscription_id: SubscriptionId, *, floor: str) -> StoredSubscription:
        """Read what an event about a subscription needs, with the checkpoint of a name, in one statement."""

    async def row(self, subscription_id: SubscriptionId) -> SubscriptionRow | None:
        """Read a subscription's row."""

    async def rows(self, subscription_ids: Collection[SubscriptionId]) -> dict[SubscriptionId, SubscriptionRow]:
        """Read the rows of many subscriptions."""

    async def save_row(self, row: SubscriptionRow, *, expected_version: int) -> bool:
        """Insert (expected 0) or update, guarded by the version."""

    async def add(self, observations: Sequence[Observation]) -> int:
        """Add those not stored yet (by source id); return how many were new."""

    async def remove(self, source_id: str) -> None:
        """Remove the observation of an undo that Stripe refused."""

    async def of(self, subscription_id: SubscriptionId) -> list[Observation]:
        """Return all observations of a subscription, in any order."""

    async def rows_of_customer(self, customer_id: CustomerId) -> list[SubscriptionRow]:
        """Return all subscriptions of a customer, oldest first."""

    async def known(
        self, subscription_ids: Collection[SubscriptionId], *, key_id: str
    ) -> dict[SubscriptionId, KnownSubscription]:
        """Return what is known of those subscriptions that were read; `key_id` is the current secret key's."""

    async def rows_of_person(self, person_id: PersonId) -> list[SubscriptionRow]:
        """Return all subscriptions of a person, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOutline:
    """A case with what its card shows, and whether more must be read for it.

    That is so if the person has `other_subscriptions` or `other_cases`, if there are `proposals`, or if any feature
    `has_shipped`. `batched`: it is a row of a batch.
    """

    case: Case
    facts: Facts
    suppressed: bool
    other_subscriptions: bool
    other_cases: bool
    proposals: bool
    has_shipped: bool
    batched: bool

    @property
    def is_whole(self) -> bool:
        """Return whether nothing else need be read, as of most cases."""
        return not (self.other_subscriptions or self.other_cases or self.proposals or self.has_shipped)


class Cases(Protocol):
    """Cases and what people did with them."""

    async def get(self, case_id: CaseId) -> Case | None:
        """Read one case."""

    async def of_subscription(self, subscription_id: SubscriptionId) -> list[Case]:
        """Return all cases of a subscription, by the time of the request."""

    async def of_person(self, person_id: PersonId) -> list[Case]:
        """Return all cases of a person, by the time of the request."""

    async def of_either(self, person_id: PersonId, subscription_id: SubscriptionId) -> list[Case]:
        """Return all cases of a person or of a subscription, by the time of the request."""

    async def many(self, case_ids: Collection[CaseId]) -> list[Case]:
        """Read many cases, by the time of the request."""

    async def outlines(self, case_ids: Collection[CaseId]) -> list[CaseOutline]:
        """Read many cases for their cards in one statement, in any order, where the subscription's facts are known."""

    async def numbers(self, person_ids: Collection[PersonId]) -> dict[CaseId, int]:
        """Return the numbers of the cases of some persons: each one's first is 1; withdrawn ones count for no other."""

    async def sequels(self, cases: Collection[Case]) -> dict[CaseId, Sequel]:
        """Return what became of the persons of many cases, where anything did."""

    async def add(self, case: Case) -> None:
        """Store a new case."""

    async def save(self, case: Case) -> bool:
        """Store a changed case under its version; False: somebody was faster. The stored version rises by one."""

    async def open_ids(self, *, since: datetime) -> list[CaseId]:
        """Return the cases that may still get an offer, the oldest request first.

        Requested since a moment, or ending after it; neither silent, withdrawn nor resumed.
        """

    async def open(self, *, since: datetime) -> list[tuple[Case, Facts]]:
        """Return the cases of `open_ids`, in the same order, each with the facts of its subscription."""

    async def requested_ids(self, *, since: datetime) -> list[CaseId]:
        """Return the cases requested since a moment, oldest first: silent ones too, but not withdrawn ones."""

    async def requested_or_ended_ids(self, *, since: datetime) -> list[CaseId]:
        """Return the cases requested or ended since a moment, the oldest request first, as `requested_ids` does."""

    async def comments(self, *, since: datetime, until: datetime, most: int) -> list[CustomerComment]:
        """Return what customers wrote in the cases requested in a span, neither silent nor withdrawn; newest first."""

    async def median_monthly(self) -> dict[str, Money]:
        """Return, per currency, the median monthly value of the newest 1000 cases, without withdrawn ones."""

    async def sequel(self, case: Case) -> Sequel | None:
        """Return what became of a case's person: back, switched, or still subscribed to something else.

        None if nothing did, or if the case is withdrawn.
        """

    async def comeback(self, case: Case) -> CustomerReturn | None:
        """Return how the person of a case came back; None if they did not, or switched."""
