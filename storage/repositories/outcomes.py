"""Outcomes of cases."""

from sqlalchemy import delete, select

from domain.ids import CaseId
from flows.ports.store import OutcomeRow
from storage import tables
from storage.database.sql_helpers import SqlRepository, columns, insert

_row = tables.outcomes.c


class SqlOutcomes(SqlRepository):
    async def get(self, case_id: CaseId) -> OutcomeRow | None:
        statement = select(tables.outcomes).where(_row.case_id == case_id)
        found = await self._find(statement)
        return None if found is None else OutcomeRow(**found)

    async def save(self, row: OutcomeRow) -> bool:
        if row.version == 0:
            new = insert(self._connection, tables.outcomes).values(columns(row) | {"version": 1})
            return await self._changed(new.on_conflict_do_nothing(index_elements=["case_id"]))
        return await self._update(tables.outcomes, _row.case_id == row.case_id, row.version, columns(row))

    async def remove(self, case_id: CaseId) -> None:
        await self._connection.execute(delete(tables.outcomes).where(_row.case_id == case_id))
