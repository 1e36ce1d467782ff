"""SQLite's asynchronous connection, with one visit to its thread for each statement.

aiosqlite goes there four times: for a cursor, the statement, its rows and the end of the cursor. Each visit wakes the
thread and then the event loop, which costs more than most statements do.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Self, cast

import aiosqlite
from aiosqlite.core import _STOP_RUNNING_SENTINEL

Done = tuple[Sequence[Any] | None, int, int | None, list[Any]]
"""What a statement leaves: the description of its columns, the count of rows changed, the last row's id, the rows."""

CHUNK = 64
"""Rows that aiosqlite would fetch at once; here all of them are."""


class OneVisitCursor:
    """What SQLAlchemy asks of a cursor of aiosqlite; the rows are there once a statement was executed."""

    def __init__(self, connection: "OneVisitConnection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Sequence[Any] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Iterable[Any] = ()) -> None:
        """Execute a statement and fetch its rows."""
        self._keep(await self._connection.visit(statement, parameters, many=False))

    async def executemany(self, statement: str, parameters: Iterable[Any]) -> None:
        """Execute a statement once for each set of parameters."""
        self._keep(await self._connection.visit(statement, parameters, many=True))

    async def fetchall(self) -> list[Any]:
        """Return the rows, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Do nothing: the cursor was closed in the visit that made it."""

    def _keep(self, done: Done) -> None:
        self.description, self.rowcount, self.lastrowid, self._rows = done


class OneVisitConnection(aiosqlite.Connection):
    """A connection for SQLAlchemy's dialect; there is no visit to end a transaction that never began."""

    def __init__(self, connector: Callable[[], sqlite3.Connection], iter_chunk_size: int) -> None:
        super().__init__(connector, iter_chunk_size)
        self._thread.daemon = True  # as SQLAlchemy makes it: it ends with the process
        self._cut_off = False

    def stop(self) -> "asyncio.Future[Any] | None":
        """End the thread. If nothing could be opened, nobody waits for that, and the loop may be closed by then."""
        if self._connection is not None:
            return super().stop()
        self._running = False
        self._tx.put_nowait((None, lambda: _STOP_RUNNING_SENTINEL))
        return None

    def cursor(self) -> OneVisitCursor:  # type: ignore[override]  # what the dialect needs of it is there
        """Return a cursor."""
        return OneVisitCursor(self)

    async def visit(self, statement: str, parameters: Iterable[Any], *, many: bool) -> Done:
        """Execute a statement in the connection's thread."""
        try:
            done: Done = await self._execute(self._run, statement, parameters, many=many)  # type: ignore[no-untyped-call]
        except asyncio.CancelledError:
            self._cut_off = True  # it may still begin a transaction
            raise
        return done

    async def commit(self) -> None:
        """Commit, if a transaction has begun."""
        if self.in_transaction:
            await super().commit()

    async def rollback(self) -> None:
        """Roll back, if a transaction has begun or may begin."""
        if self._cut_off or self.in_transaction:
            await super().rollback()
            self._cut_off = False

    def _run(self, statement: str, parameters: Iterable[Any], *, many: bool) -> Done:
        cursor = self._conn.cursor()
        try:
            (cursor.executemany if many else cursor.execute)(statement, cast("Any", parameters))
            rows = cursor.fetchall() if cursor.description else []
            return cursor.description, cursor.rowcount, cursor.lastrowid, rows
        finally:
            cursor.close()


def connect(database: str | Path, **options: Any) -> OneVisitConnection:
    """Return a connection to await, like `aiosqlite.connect`."""
    return OneVisitConnection(lambda: sqlite3.connect(database, **options), CHUNK)
