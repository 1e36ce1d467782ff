"""Whether all sending is paused: one row while it is."""

from datetime import datetime

from sqlalchemy import delete, select

from domain.ids import StaffId
from flows.ports.store import SendingPause
from storage import tables
from storage.database.sql_helpers import SqlRepository, insert

_WHAT = "sending"
_row = tables.pauses.c


class SqlSendingPauses(SqlRepository):
    async def begin(self, *, by: StaffId, at: datetime) -> bool:
        new = insert(self._connection, tables.pauses).values(what=_WHAT, by=by, at=at)
        return await self._changed(new.on_conflict_do_nothing(index_elements=["what"]))

    async def end(self) -> bool:
        return await self._changed(delete(tables.pauses).where(_row.what == _WHAT))

    async def current(self) -> SendingPause | None:
        statement = select(_row.by, _row.at).where(_row.what == _WHAT)
        found = await self._find(statement)
        return None if found is None else SendingPause(**found)
