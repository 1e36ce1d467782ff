"""Checkpoints: single times by name, and things that may happen only once in a while."""

from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select

from storage import tables
from storage.database.sql_helpers import SqlRepository, insert


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
