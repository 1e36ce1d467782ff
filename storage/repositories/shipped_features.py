"""Features that have shipped, and other words for them."""

from datetime import datetime

from sqlalchemy import select

from domain.ids import StaffId
from domain.winback.rule_matching import ShippedFeature
from storage import tables
from storage.database.sql_helpers import SqlRepository, insert

_row = tables.shipped_features.c


class SqlShippedFeatures(SqlRepository):
    async def remember(self, feature: ShippedFeature, *, by: StaffId, at: datetime) -> None:
        new = insert(self._connection, tables.shipped_features).values(
            folded=feature.name.casefold(), name=feature.name, synonyms=feature.synonyms, by=by, at=at
        )
        await self._connection.execute(
            new.on_conflict_do_update(index_elements=["folded"], set_={"synonyms": new.excluded.synonyms})
        )

    async def all(self) -> list[ShippedFeature]:
        statement = select(_row.name, _row.synonyms).order_by(_row.at.desc(), _row.folded)
        return [ShippedFeature(**found) for found in await self._find_all(statement)]
