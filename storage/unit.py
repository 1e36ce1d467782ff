"""One transaction over the small stores."""

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.keyring import Keyring
from flows.memory import (
    Audit,
    Cases,
    Inbox,
    Links,
    Lookups,
    Marks,
    Observations,
    Offers,
    Outbox,
    Outcomes,
    Pauses,
    People,
    Proposals,
    Reserves,
    Rosters,
    StandingApprovals,
)
from flows.ports import NewId
from storage.audit import SqlAudit
from storage.cases import SqlCases
from storage.inbox import SqlInbox
from storage.links import SqlLinks
from storage.lookups import SqlLookups
from storage.marks import SqlMarks
from storage.observations import SqlObservations
from storage.offers import SqlOffers
from storage.outbox import SqlOutbox
from storage.outcomes import SqlOutcomes
from storage.pauses import SqlPauses
from storage.people import SqlPeople
from storage.proposals import SqlProposals
from storage.reserves import SqlReserves
from storage.rosters import SqlRosters
from storage.standing import SqlStandingApprovals
from storage.wakeup import Wakeups


class SqlUnit:
    """See `flows.memory.Unit`. After `commit` it is over: a further statement raises."""

    inbox: Inbox
    outbox: Outbox
    observations: Observations
    cases: Cases
    people: People
    proposals: Proposals
    offers: Offers
    reserves: Reserves
    standing: StandingApprovals
    outcomes: Outcomes
    lookups: Lookups
    links: Links
    audit: Audit
    marks: Marks
    pauses: Pauses
    rosters: Rosters

    def __init__(
        self, connection: AsyncConnection, *, keyring: Keyring, new_id: NewId, wakeups: Wakeups, cause: str | None
    ) -> None:
        self._connection = connection
        self._wakeups = wakeups
        self._wake: set[str] = set()
        self.inbox = SqlInbox(connection, self._wake)
        self.outbox = SqlOutbox(connection, self._wake, new_id, cause)
        self.observations = SqlObservations(connection)
        self.cases = SqlCases(connection)
        self.people = SqlPeople(connection)
        self.proposals = SqlProposals(connection)
        self.offers = SqlOffers(connection)
        self.reserves = SqlReserves(connection)
        self.standing = SqlStandingApprovals(connection)
        self.outcomes = SqlOutcomes(connection)
        self.lookups = SqlLookups(connection)
        self.links = SqlLinks(connection)
        self.audit = SqlAudit(connection, keyring)
        self.marks = SqlMarks(connection)
        self.pauses = SqlPauses(connection)
        self.rosters = SqlRosters(connection)

    async def commit(self) -> None:
        """Make it so, and wake the workers that have something to do now."""
        await self._connection.commit()
        await self._connection.close()
        if "inbox" in self._wake:
            self._wakeups.inbox.set()
        if "outbox" in self._wake:
            for wakeup in self._wakeups.outbox.values():
                wakeup.set()
