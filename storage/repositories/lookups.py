"""Look-ups by agents, kept for a day: for the limits, and for the buttons that follow."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Subquery, Text, case, cast, delete, func, select, type_coerce, update

from domain.billing.portal_access import Purpose
from domain.ids import LookupId, StaffId
from flows.ports.store import LookupRow
from storage import tables
from storage.database.sql_helpers import SqlRepository, columns

KEPT = timedelta(days=1)

_row = tables.lookups.c
_NOBODY = "[]"
"""How `found` is stored where no customer was found, or none yet."""


class SqlLookups(SqlRepository):
    async def lock_staff(self, staff_id: StaffId) -> None:
        await self._lock(staff_id)

    async def add(self, row: LookupRow) -> None:
        await self._connection.execute(tables.lookups.insert().values(_columns(row)))

    async def get(self, lookup_id: LookupId) -> LookupRow | None:
        statement = select(tables.lookups).where(_row.id == lookup_id)
        found = await self._find(statement)
        return None if found is None else LookupRow(**{**found, "purpose": Purpose(found["purpose"])})

    async def save(self, row: LookupRow) -> None:
        await self._connection.execute(update(tables.lookups).where(_row.id == row.id).values(_columns(row)))

    async def oldest(self) -> datetime | None:
        found: datetime | None = await self._connection.scalar(select(func.min(_row.at)))
        return found

    async def prune(self, *, before: datetime) -> None:
        await self._connection.execute(delete(tables.lookups).where(_row.at < before))

    async def count(self, staff_id: StaffId, *, now: datetime, span: timedelta) -> int:
        first = self._first(staff_id, now=now)
        asked = select(func.count()).select_from(first).where(first.c.at >= now - span)
        return (await self._connection.execute(asked)).scalar_one()

    async def room_at(self, staff_id: StaffId, *, now: datetime, span: timedelta, limit: int) -> datetime | None:
        first = self._first(staff_id, now=now)
        newest = select(first.c.at).where(first.c.at >= now - span).order_by(first.c.at.desc())
        last: datetime | None = await self._connection.scalar(newest.offset(limit - 1).limit(1))
        return None if last is None else last + span

    def _first(self, staff_id: StaffId, *, now: datetime) -> Subquery:
        """Select when an agent looked up each customer for the first time in 24 hours."""
        found = type_coerce(_row.found, Text)
        whom = case((found != _NOBODY, found), else_=cast(_row.id, Text))  # of those without a customer, each counts
        theirs = (_row.staff_id == staff_id, _row.at >= now - KEPT)
        return select(func.min(_row.at).label("at")).where(*theirs).group_by(whom).subquery()

    async def is_repeat(self, row: LookupRow) -> bool:
        same = (_row.staff_id == row.staff_id, _row.typed == row.typed, _row.at >= row.at - KEPT)
        earlier = select(_row.id).where(*same, type_coerce(_row.found, Text) != _NOBODY).limit(1)
        return await self._connection.scalar(earlier) is not None


def _columns(row: LookupRow) -> dict[str, Any]:
    return columns(row) | {"purpose": row.purpose.value}
