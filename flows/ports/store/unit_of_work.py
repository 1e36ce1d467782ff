"""One transaction over all repositories."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from domain.ids import EventId
from flows.ports import StripeEvent
from flows.ports.store.audit import Audit, Checkpoints, SendingPauses
from flows.ports.store.card_batches import CardBatches
from flows.ports.store.cases import Cases, Observations
from flows.ports.store.inbox import Inbox
from flows.ports.store.links import Links, Lookups
from flows.ports.store.offers import Budgets, Offers, Proposals, ShippedFeatures, StandingApprovals
from flows.ports.store.outbox import Outbox
from flows.ports.store.outcomes import Outcomes
from flows.ports.store.people import People, RoleSnapshots
from flows.ports.store.reports import Reports
from flows.ports.store.stops import Stops


class UnitOfWork(Protocol):
    """One transaction."""

    inbox: Inbox
    outbox: Outbox
    card_batches: CardBatches
    observations: Observations
    cases: Cases
    people: People
    proposals: Proposals
    offers: Offers
    budgets: Budgets
    standing_approvals: StandingApprovals
    outcomes: Outcomes
    reports: Reports
    stops: Stops
    lookups: Lookups
    links: Links
    audit: Audit
    checkpoints: Checkpoints
    sending_pauses: SendingPauses
    shipped_features: ShippedFeatures
    role_snapshots: RoleSnapshots

    async def commit(self) -> None:
        """Commit, and wake the workers of this process that have something to do."""


class Store(Protocol):
    """The database. If it can't be used, everything raises `flows.failures.DatabaseUnavailable`."""

    def begin(self, *, cause: EventId | None = None) -> AbstractAsyncContextManager[UnitOfWork]:
        """Begin a transaction that writes; on SQLite writers queue here.

        `cause` is the id of the event being handled; its effects carry it into the logs.
        """

    def read(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Begin a transaction that only reads."""

    def write(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Write one statement, which is a transaction of its own; `commit` only wakes the workers."""

    def claim(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Claim events: in one statement, or in a transaction where claims at once must be kept apart."""

    def look(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Read without a transaction, for one statement: each sees a moment of its own."""

    async def receive(self, event: StripeEvent, *, received_at: datetime) -> bool:
        """Store one event and return once it is committed; False: known. Events that wait together share a commit."""
