"""Whether all sending is paused: one row while it is."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.ids import StaffId
from flows.ports.store import SendingPause
from storage import tables
from storage.database.sql_helpers import changed, insert

_WHAT = "sending"
_row = tables.pauses.c


class SqlSendingPauses:
    """See `flows.ports.store.SendingPauses`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self, *, by: StaffId, at: datetime) -> bool:
        """Pause; False: it was paused already."""
        new = insert(self._connection, tables.pauses).values(what=_WHAT, by=by, at=at)
        return await changed(self._connection, new.on_conflict_do_nothing(index_elements=["what"]))

    async def end(self) -> bool:
        """Go on; False: it was not paused."""
        return await changed(self._connection, delete(tables.pauses).where(_row.what == _WHAT))

    async def standing(self) -> SendingPause | None:
        """Say who paused it, None where it is not paused."""
        statement = select(_row.by, _row.at).where(_row.what == _WHAT)
        found = (await self._connection.execute(statement)).mappings().one_or_none()
        return None if found is None else SendingPause(**found)
