"""SQLite's asynchronous connection: a statement takes one visit to its thread, and nothing stays open behind it."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storage.database.sqlite_connection import OneVisitConnection, connect


class CountedVisits(OneVisitConnection):
    """A connection that counts how often its thread is visited."""

    visits = 0

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.visits += 1
        return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]


async def test_statement_is_one_visit(tmp_path: Path) -> None:
    """Its rows, its count and the end of its cursor are part of it."""
    connection = CountedVisits(lambda: sqlite3.connect(tmp_path / "one.db", isolation_level=None), 1)
    await connection
    cursor = connection.cursor()
    await cursor.execute("SELECT ? UNION SELECT 2", (1,))
    assert await cursor.fetchall() == [(1,), (2,)]
    assert cursor.description is not None
    await cursor.close()
    await connection.rollback()
    assert connection.visits == 1
    await connection.close()


async def test_fault_of_a_statement_is_raised(tmp_path: Path) -> None:
    connection = connect(tmp_path / "one.db", isolation_level=None)
    await connection
    with pytest.raises(sqlite3.OperationalError):
        await connection.cursor().execute("SELECT nothing FROM nowhere")
    await connection.close()


async def test_transaction_that_is_cut_off_is_rolled_back(tmp_path: Path) -> None:
    """The thread may begin a transaction for somebody who waits no longer."""
    connection = connect(tmp_path / "one.db", isolation_level=None)
    await connection
    begun = asyncio.create_task(connection.cursor().execute("BEGIN IMMEDIATE"))
    await asyncio.sleep(0)  # it is on its way to the thread
    begun.cancel()
    with pytest.raises(asyncio.CancelledError):
        await begun
    await connection.rollback()
    assert not connection.in_transaction
    await connection.close()
