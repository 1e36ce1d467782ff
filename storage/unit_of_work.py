"""One transaction over all repositories."""

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.ids import EventId
from domain.keyring import Keyring
from flows.ports import NewId
from flows.ports.store import UnitOfWork
from storage.queues.announcements import Announcements
from storage.queues.card_batches import SqlCardBatches
from storage.queues.inbox import SqlInbox
from storage.queues.outbox import SqlOutbox
from storage.repositories.audit import SqlAudit
from storage.repositories.budgets import SqlBudgets, SqlStandingApprovals
from storage.repositories.cases import SqlCases
from storage.repositories.checkpoints import SqlCheckpoints, SqlRoleSnapshots, SqlSendingPauses
from storage.repositories.links import SqlLinks
from storage.repositories.lookups import SqlLookups
from storage.repositories.observations import SqlObservations
from storage.repositories.offers import SqlOffers
from storage.repositories.outcomes import SqlOutcomes
from storage.repositories.people import SqlPeople
from storage.repositories.proposals import SqlProposals
from storage.repositories.reports import SqlReports
from storage.repositories.shipped_features import SqlShippedFeatures
from storage.repositories.stops import SqlStops


class SqlUnitOfWork(UnitOfWork):
    """The transaction of one connection. After `commit` it is over: a further statement raises."""

    def __init__(
        self,
        connection: AsyncConnection,
        *,
        keyring: Keyring,
        new_id: NewId,
        announcements: Announcements,
        cause: EventId | None,
    ) -> None:
        self._connection = connection
        self._announcements = announcements
        self._wake: set[str] = set()
        self.inbox = SqlInbox(connection, self._wake)
        self.outbox = SqlOutbox(connection, self._wake, new_id, cause)
        self.card_batches = SqlCardBatches(connection)
        self.observations = SqlObservations(connection)
        self.cases = SqlCases(connection)
        self.people = SqlPeople(connection)
        self.proposals = SqlProposals(connection)
        self.offers = SqlOffers(connection)
        self.budgets = SqlBudgets(connection)
        self.standing_approvals = SqlStandingApprovals(connection)
        self.outcomes = SqlOutcomes(connection)
        self.reports = SqlReports(connection)
        self.stops = SqlStops(connection)
        self.lookups = SqlLookups(connection)
        self.links = SqlLinks(connection)
        self.audit = SqlAudit(connection, keyring)
        self.checkpoints = SqlCheckpoints(connection)
        self.sending_pauses = SqlSendingPauses(connection)
        self.shipped_features = SqlShippedFeatures(connection)
        self.role_snapshots = SqlRoleSnapshots(connection)

    async def commit(self) -> None:
        """Commit, then wake the workers that have something to do now."""
        await self._connection.commit()
        await self._connection.close()
        self._announcements.announce(self._wake)
