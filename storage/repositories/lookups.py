"""Look-ups by agents, kept for a day: for the limits, and for the buttons that follow."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update

from domain.billing.portal_access import Purpose
from domain.ids import LookupId, StaffId
from flows.ports.store import LookupRow
from storage import tables
from storage.database.sql_helpers import SqlRepository, columns, on_sqlite

KEPT = timedelta(days=1)

_row = tables.lookups.c


class SqlLookups(SqlRepository):
    async def lock_staff(self, staff_id: StaffId) -> None:
        if not on_sqlite(self._connection):
            await self._connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(staff_id, 0))))

    async def add(self, row: LookupRow) -> None:
        await self._connection.execute(delete(tables.lookups).where(_row.at < row.at - KEPT))
        await self._connection.execute(tables.lookups.insert().values(_columns(row)))

    async def get(self, lookup_id: LookupId) -> LookupRow | None:
        statement = select(tables.lookups).where(_row.id == lookup_id)
        found = await self._find(statement)
        return None if found is None else LookupRow(**{**found, "purpose": Purpose(found["purpose"])})

    async def save(self, row: LookupRow) -> None:
        await self._connection.execute(update(tables.lookups).where(_row.id == row.id).values(_columns(row)))

    async def count(self, staff_id: StaffId, *, since: datetime) -> int:
        asked = select(func.count()).select_from(tables.lookups).where(_row.staff_id == staff_id, _row.at >= since)
        return (await self._connection.execute(asked)).scalar_one()


def _columns(row: LookupRow) -> dict[str, Any]:
    return columns(row) | {"purpose": row.purpose.value}
