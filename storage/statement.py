"""Statements that both databases understand but SQLAlchemy words for each apart."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Executable, FromClause, Table, and_, literal_column, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

_OPEN_STATES: list[ColumnElement[str]] = [literal_column("'waiting'"), literal_column("'running'")]


def insert(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Begin an INSERT that knows ON CONFLICT, which both databases spell alike."""
    return sqlite.insert(table) if on_sqlite(connection) else postgresql.insert(table)


async def changed(connection: AsyncConnection, statement: Executable) -> bool:
    """Run a guarded change; False: the guard did not hold and nothing was written."""
    # SQLAlchemy keeps the count of an INSERT only if asked to.
    result: CursorResult[Any] = await connection.execute(statement, execution_options={"preserve_rowcount": True})
    return result.rowcount > 0


def is_open(rows: FromClause) -> ColumnElement[bool]:
    """Choose the rows of the inbox or the outbox that are not over.

    The states stand there as literals: a partial index is used only where the statement shows its condition.
    """
    return rows.c.state.in_(_OPEN_STATES)


def leased(rows: FromClause, owner: UUID | None) -> ColumnElement[bool]:
    """Choose the rows of the inbox or the outbox that an owner (None: anybody) has in hand."""
    return and_(is_open(rows), rows.c.state == "running", true() if owner is None else rows.c.owner == owner)


def on_sqlite(connection: AsyncConnection) -> bool:
    """Tell which database is spoken to; SQLite has one writer at a time and needs no further lock."""
    return connection.dialect.name == "sqlite"
