"""What all repositories share: statements for both databases, and values as columns."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Executable,
    FromClause,
    RowMapping,
    Table,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from sqlalchemy.dialects import postgresql

    OnConflictInsert = sqlite.Insert | postgresql.Insert

_T = TypeVar("_T", bound="DataclassInstance")
_WHOSE = frozenset({"id", "proposal_id", "case_id", "person_id", "subscription_id", "customer_id", "version"})

WAITING: ColumnElement[str] = literal_column("'waiting'")
RUNNING: ColumnElement[str] = literal_column("'running'")
SET_ASIDE: ColumnElement[str] = literal_column("'set_aside'")
DONE: ColumnElement[str] = literal_column("'done'")
SEEN: ColumnElement[str] = literal_column("'seen'")
DEAD: ColumnElement[str] = literal_column("'dead'")
UNCLEAR: ColumnElement[str] = literal_column("'unclear'")
"""States as literals: a partial index is used only if the statement shows its condition."""


def insert(connection: AsyncConnection, table: Table) -> "OnConflictInsert":
    """Return an INSERT that knows ON CONFLICT, which both databases spell alike."""
    return insert_for(connection.dialect.name, table)


def insert_for(dialect: str, table: Table) -> "OnConflictInsert":
    """Return an INSERT that knows ON CONFLICT for a database, by the name of its dialect."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415  # slow to import, and useless on SQLite

    return postgresql.insert(table)


async def changed(connection: AsyncConnection, statement: Executable, given: dict[str, Any] | None = None) -> bool:
    """Run a guarded change; return False if the guard did not hold and nothing was written."""
    # SQLAlchemy keeps the count of an INSERT only if asked to.
    result: CursorResult[Any] = await connection.execute(
        statement, given, execution_options={"preserve_rowcount": True}
    )
    return result.rowcount > 0


def columns(row: "DataclassInstance") -> dict[str, Any]:
    """Return the fields of a value as columns of the same name; column types convert what they hold."""
    return {field.name: getattr(row, field.name) for field in fields(row)}


def take(shape: type[_T], values: dict[str, Any]) -> _T:
    """Build a value from columns of the same names and remove these; the reverse of `columns`."""
    return shape(**{field.name: values.pop(field.name) for field in fields(shape)})


def is_open(rows: FromClause) -> ColumnElement[bool]:
    """Match rows of the inbox or the outbox that are not finished."""
    return rows.c.state.in_([WAITING, RUNNING])


def leased(rows: FromClause, owner: UUID | None) -> ColumnElement[bool]:
    """Match rows of the inbox or the outbox that an owner (None: anybody) has leased."""
    return and_(is_open(rows), rows.c.state == RUNNING, true() if owner is None else rows.c.owner == owner)


def on_sqlite(connection: AsyncConnection) -> bool:
    """Return whether this is SQLite, which has one writer at a time and needs no further lock."""
    return connection.dialect.name == "sqlite"


@dataclass(frozen=True, slots=True)
class SqlRepository:
    """What a repository needs of the transaction that it belongs to."""

    _connection: AsyncConnection

    async def _find(self, statement: Executable) -> RowMapping | None:
        return (await self._connection.execute(statement)).mappings().one_or_none()

    async def _find_all(self, statement: Executable) -> Sequence[RowMapping]:
        return (await self._connection.execute(statement)).mappings().all()

    async def _changed(self, statement: Executable, given: dict[str, Any] | None = None) -> bool:
        return await changed(self._connection, statement, given)

    async def _lock(self, name: str) -> None:
        """Lock out other transactions that lock the same name, until this one ends."""
        if not on_sqlite(self._connection):
            await self._connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))

    async def _update(self, table: Table, which: ColumnElement[bool], version: int, values: dict[str, Any]) -> bool:
        """Change a row under its version, which rises by one; False: somebody was faster.

        Whose row it is stays as stored: only `SqlPeople.identify` moves rows, when it merges two persons.
        """
        kept = {name: value for name, value in values.items() if name not in _WHOSE}
        guarded = update(table).where(which, table.c.version == bindparam("version_before"))
        return await self._changed(guarded, kept | {"version": version + 1, "version_before": version})
