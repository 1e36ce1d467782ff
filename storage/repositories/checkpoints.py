"""Checkpoints, the pause of all sending, and the members of each role at the last check."""

from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select, update

from domain.ids import StaffId
from domain.permissions import Role
from flows.ports.store import SendingPause
from storage import tables
from storage.database.sql_helpers import SqlRepository, insert

_WHAT = "sending"
_pause = tables.pauses.c
_roster = tables.rosters.c


class SqlCheckpoints(SqlRepository):
    async def get(self, name: str) -> datetime | None:
        at: datetime | None = await self._connection.scalar(_named(name))
        return at

    async def set(self, name: str, at: datetime) -> None:
        new = insert(self._connection, tables.marks).values(name=name, at=at)
        await self._connection.execute(new.on_conflict_do_update(index_elements=["name"], set_={"at": at}))

    async def set_once(self, name: str, at: datetime) -> datetime:
        new = insert(self._connection, tables.marks).values(name=name, at=at)
        if await self._changed(new.on_conflict_do_nothing(index_elements=["name"])):
            return at
        standing: datetime = (await self._connection.execute(_named(name))).scalar_one()
        return standing

    async def first_sight(self, what: str, *, at: datetime, keep: timedelta) -> bool:
        await self._connection.execute(delete(tables.sights).where(tables.sights.c.until <= at))
        new = insert(self._connection, tables.sights).values(what=what, until=at + keep)
        return await self._changed(new.on_conflict_do_nothing(index_elements=["what"]))


def _named(name: str) -> Select[datetime]:
    return select(tables.marks.c.at).where(tables.marks.c.name == name)


class SqlSendingPauses(SqlRepository):
    async def begin(self, *, by: StaffId, at: datetime) -> bool:
        new = insert(self._connection, tables.pauses).values(what=_WHAT, by=by, at=at)
        return await self._changed(new.on_conflict_do_nothing(index_elements=["what"]))

    async def end(self) -> bool:
        return await self._changed(delete(tables.pauses).where(_pause.what == _WHAT))

    async def current(self) -> SendingPause | None:
        statement = select(_pause.by, _pause.at).where(_pause.what == _WHAT)
        found = await self._find(statement)
        return None if found is None else SendingPause(**found)


class SqlRoleSnapshots(SqlRepository):
    """Members are stored sorted, so that equal sets are equal text."""

    async def known(self, role: Role) -> frozenset[StaffId] | None:
        members = await self._connection.scalar(select(_roster.members).where(_roster.role == role.value))
        return None if members is None else frozenset(members)

    async def replace(self, role: Role, *, known: frozenset[StaffId] | None, members: frozenset[StaffId]) -> bool:
        new = tuple(sorted(members))
        if known is None:
            first = insert(self._connection, tables.rosters).values(role=role.value, members=new)
            return await self._changed(first.on_conflict_do_nothing(index_elements=["role"]))
        standing = update(tables.rosters).where(_roster.role == role.value, _roster.members == tuple(sorted(known)))
        return await self._changed(standing.values(members=new))
