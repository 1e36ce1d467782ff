"""The store: transactions over all repositories, and a fast path for incoming Stripe events."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import datetime

from sqlalchemy import QueuePool, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.ids import EventId
from domain.keyring import Keyring
from flows.ports import NewId, StripeEvent
from storage import tables
from storage.database.engine import (
    ALONE,
    WRITES,
    database,
    is_sqlite,
    make_async_engine,
    make_engine,
    make_standing_engine,
)
from storage.database.errors import database_errors
from storage.database.writer_lock import WriterLock
from storage.queues.announcements import Announcements, Wakeups
from storage.queues.group_commit import GroupCommit
from storage.queues.inbox_bulk_insert import Arrival, commit_to_sqlite, store
from storage.queues.peers import Peers
from storage.unit_of_work import SqlUnitOfWork

MAX_EVENTS_PER_COMMIT = 100
"""An event has about 6 kB, and an older SQLite takes 999 values in one statement."""


class SqlStore:
    """The store in SQLite or PostgreSQL. Making one connects to nothing.

    `wakeups` are called when something is committed for the workers, `announcements` reach all processes on a
    PostgreSQL database. `peers` None: on SQLite there is one process, which has nobody to be told.
    """

    def __init__(self, url: str, *, keyring: Keyring, new_id: NewId) -> None:
        parsed = database(url)
        self._engine = make_async_engine(parsed)
        self._writing = self._engine.execution_options(**{WRITES: True})
        self._reading = self._engine
        if not is_sqlite(parsed):
            self._reading = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        # A single statement is its own transaction: one round trip to the server instead of three.
        alone = {ALONE: True} if is_sqlite(parsed) else {"isolation_level": "AUTOCOMMIT"}
        self._autocommit = self._engine.execution_options(**alone)
        # The asynchronous driver changes threads at each call, so a commit of many events runs in one thread instead.
        self._thread_engine = make_engine(parsed, pool=QueuePool) if is_sqlite(parsed) else None
        self._writer_lock = WriterLock() if is_sqlite(parsed) else None
        self._keyring = keyring
        self._new_id = new_id
        self._arrivals = GroupCommit(self._receive, most=MAX_EVENTS_PER_COMMIT)
        self.wakeups, self.announcements = Wakeups(), Announcements()
        self.announcements.listen("inbox", self.wakeups.inbox.set)
        self.announcements.listen("outbox", self.wakeups.set_outbox)
        for lane, wakeup in self.wakeups.outbox.items():
            self.announcements.listen(f"outbox:{lane}", wakeup.set)
        self.peers: Peers | None = None
        if not is_sqlite(parsed):
            standing = make_standing_engine(parsed)
            self.peers = Peers(standing=standing, engine=self._autocommit, announcements=self.announcements)

    @asynccontextmanager
    async def begin(self, *, cause: EventId | None = None) -> AsyncIterator[SqlUnitOfWork]:
        """Begin a transaction that writes; it rolls back unless it is committed."""
        with database_errors():
            async with self._turn(), self._writing.connect() as connection:
                await connection.begin()
                yield self._unit(connection, cause=cause)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlUnitOfWork]:
        """Begin a transaction that only reads, and that sees one moment of the database."""
        with database_errors():
            async with self._reading.connect() as connection:
                yield self._unit(connection, cause=None)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqlUnitOfWork]:
        """Write with single statements, each of which is committed by itself; see the port."""
        with database_errors():
            async with self._turn(), self._autocommit.connect() as connection:
                yield self._unit(connection, cause=None)

    def claim(self) -> AbstractAsyncContextManager[SqlUnitOfWork]:
        """Claim events; see the port."""
        return self.begin() if self._writer_lock is None else self.write()

    @asynccontextmanager
    async def look(self) -> AsyncIterator[SqlUnitOfWork]:
        """Read with single statements, each of which sees a moment of its own; see the port."""
        with database_errors():
            async with self._autocommit.connect() as connection:
                yield self._unit(connection, cause=None)

    async def receive(self, event: StripeEvent, *, received_at: datetime) -> bool:
        """Store one event, together with those that wait meanwhile; see the port."""
        return await self._arrivals.give((event, received_at))

    async def key_ids_in_use(self) -> set[str]:
        """Return the ids of the secret keys that rows still need: none may be dropped from the settings."""
        naming = (
            tables.links,
            tables.offers,
            tables.unsubscribes,
            tables.person_keys,
            tables.person_cards,
            tables.unknown_addresses,
            tables.audit,
        )
        with database_errors():
            async with self._reading.connect() as connection:
                return {each for table in naming for each in await _key_ids(connection, table)}

    async def has_asked_for_codes(self) -> bool:
        """Return whether a link was ever shown whose page asks for a code."""
        with database_errors():
            async with self._reading.connect() as connection:
                asked = select(tables.links.c.id).where(tables.links.c.needs_code).limit(1)
                return (await connection.execute(asked)).first() is not None

    def posts(self) -> bool:
        """Return whether this process may post to Slack now: on PostgreSQL, one at a time does."""
        return self.peers is None or self.peers.leads()

    async def close(self) -> None:
        """Finish what is being received, then close all connections."""
        await self._arrivals.close()
        await self._engine.dispose()
        if self.peers is not None:
            await self.peers.standing.dispose()
        if self._thread_engine is not None:
            self._thread_engine.dispose()

    async def _receive(self, arrivals: Sequence[Arrival]) -> list[bool]:
        with database_errors():
            async with self._turn(for_arrivals=True):
                new = await self._write(arrivals)
        if any(new):
            self.announcements.announce(["inbox"])
        return new

    def _turn(self, *, for_arrivals: bool = False) -> AbstractAsyncContextManager[None]:
        return nullcontext() if self._writer_lock is None else self._writer_lock.held(for_arrivals=for_arrivals)

    async def _write(self, arrivals: Sequence[Arrival]) -> list[bool]:
        if self._thread_engine is not None:
            return await asyncio.to_thread(commit_to_sqlite, self._thread_engine, arrivals)
        async with self._autocommit.connect() as connection:
            return await connection.run_sync(store, arrivals)

    def _unit(self, connection: AsyncConnection, *, cause: EventId | None) -> SqlUnitOfWork:
        return SqlUnitOfWork(
            connection, keyring=self._keyring, new_id=self._new_id, announcements=self.announcements, cause=cause
        )


async def _key_ids(connection: AsyncConnection, table: Table) -> list[str]:
    """Return a column's few different values: each is the first of its index after the one before."""
    key_id, found = table.c.key_id, list[str]()
    while True:
        after = [key_id > found[-1]] if found else []
        following = await connection.scalar(select(key_id).where(*after).order_by(key_id).limit(1))
        if following is None:
            return found
        found.append(following)


class DryRunStore(SqlStore):
    """A store that keeps nothing: what a transaction writes is seen in it, and gone when it ends."""

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqlUnitOfWork]:
        """Begin a transaction that is rolled back, too."""
        async with self.begin() as unit:
            yield unit

    def _unit(self, connection: AsyncConnection, *, cause: EventId | None) -> SqlUnitOfWork:
        return _Uncommitted(
            connection, keyring=self._keyring, new_id=self._new_id, announcements=self.announcements, cause=cause
        )


class _Uncommitted(SqlUnitOfWork):
    async def commit(self) -> None:
        """Leave the transaction open; it is rolled back when it ends."""
