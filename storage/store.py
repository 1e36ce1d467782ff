"""The store: transactions over the small stores, and the fast way in for Stripe's events."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime

from sqlalchemy import QueuePool, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.keyring import Keyring
from flows.ports import NewId, StripeEvent
from storage import tables
from storage.database.engine import WRITES, database, is_sqlite, make_async_engine, make_engine
from storage.database.errors import database_errors
from storage.database.writer_lock import WriterLock
from storage.queues.group_commit import GroupCommit
from storage.queues.inbox_bulk_insert import Arrival, commit_to_sqlite, store
from storage.queues.wakeup import Wakeups
from storage.unit_of_work import SqlUnitOfWork

MOST_AT_ONCE = 100
"""How many events share one commit at most; some 6 kB each. An older SQLite takes 999 values in one statement."""


class SqlStore:
    """Memory in SQLite or PostgreSQL; see `flows.ports.store.Store`.

    Made without connecting. `wakeups` are called when something is committed for the workers of this process.
    """

    def __init__(self, url: str, *, keyring: Keyring, new_id: NewId) -> None:
        parsed = database(url)
        self._engine = make_async_engine(parsed)
        self._writing = self._engine.execution_options(**{WRITES: True})
        self._reading = self._engine
        if not is_sqlite(parsed):
            self._reading = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        # A single statement is a transaction: without BEGIN and COMMIT, one way to the server instead of three.
        self._at_once = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        # The asynchronous driver changes threads for each call; a commit of many is made in one turn of one thread.
        self._beside = make_engine(parsed, pool=QueuePool) if is_sqlite(parsed) else None
        self._turn = WriterLock() if is_sqlite(parsed) else nullcontext()
        self._keyring = keyring
        self._new_id = new_id
        self._arrivals = GroupCommit(self._receive, most=MOST_AT_ONCE)
        self.wakeups = Wakeups()

    @asynccontextmanager
    async def begin(self, *, cause: str | None = None) -> AsyncIterator[SqlUnitOfWork]:
        """Begin a transaction that writes; it is rolled back unless told to commit."""
        with database_errors():
            async with self._turn, self._writing.connect() as connection:
                await connection.begin()
                yield self._unit(connection, cause=cause)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlUnitOfWork]:
        """Begin a transaction that only reads: all that is read in it is of one moment."""
        with database_errors():
            async with self._reading.connect() as connection:
                yield self._unit(connection, cause=None)

    async def receive(self, event: StripeEvent, *, received_at: datetime) -> bool:
        """Store one event and return once it is committed; those that wait together share one commit. False: known."""
        return await self._arrivals.give((event, received_at))

    async def key_ids_in_use(self) -> set[str]:
        """Name the secret keys that some row still needs: none of them may be dropped from the settings."""
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
                return set(await connection.scalars(union(*(select(table.c.key_id) for table in naming))))

    async def close(self) -> None:
        """Finish what is being received, then close all connections."""
        await self._arrivals.close()
        await self._engine.dispose()
        if self._beside is not None:
            self._beside.dispose()

    async def _receive(self, arrivals: Sequence[Arrival]) -> list[bool]:
        with database_errors():
            async with self._turn:
                new = await self._write(arrivals)
        if any(new):
            self.wakeups.inbox.set()
        return new

    async def _write(self, arrivals: Sequence[Arrival]) -> list[bool]:
        if self._beside is not None:
            return await asyncio.to_thread(commit_to_sqlite, self._beside, arrivals)
        async with self._at_once.connect() as connection:
            return await connection.run_sync(store, arrivals)

    def _unit(self, connection: AsyncConnection, *, cause: str | None) -> SqlUnitOfWork:
        return SqlUnitOfWork(connection, keyring=self._keyring, new_id=self._new_id, wakeups=self.wakeups, cause=cause)
