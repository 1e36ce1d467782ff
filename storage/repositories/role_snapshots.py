"""The members of each role at the last check."""

from sqlalchemy import select, update

from domain.ids import StaffId
from domain.permissions import Role
from storage import tables
from storage.database.sql_helpers import SqlRepository, insert

_row = tables.rosters.c


class SqlRoleSnapshots(SqlRepository):
    """Members are stored sorted, so that equal sets are equal text."""

    async def known(self, role: Role) -> frozenset[StaffId] | None:
        members = await self._connection.scalar(select(_row.members).where(_row.role == role.value))
        return None if members is None else frozenset(members)

    async def replace(self, role: Role, *, known: frozenset[StaffId] | None, members: frozenset[StaffId]) -> bool:
        new = tuple(sorted(members))
        if known is None:
            first = insert(self._connection, tables.rosters).values(role=role.value, members=new)
            return await self._changed(first.on_conflict_do_nothing(index_elements=["role"]))
        standing = update(tables.rosters).where(_row.role == role.value, _row.members == tuple(sorted(known)))
        return await self._changed(standing.values(members=new))
