"""Observations of subscriptions, and the versioned row that guards a fresh read."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, bindparam, delete, exists, literal_column, select, update

from domain.billing.subscription import Cancellation
from domain.cancellations.observation import Observation
from domain.cancellations.routine import KnownSubscription
from domain.ids import CustomerId, PersonId, SubscriptionId
from flows.ports.store import StoredSubscription, SubscriptionRow
from storage import tables
from storage.database.sql_helpers import SqlRepository, columns, insert, take

_id = tables.subscriptions.c.id
_one = select(literal_column("1").label("one")).subquery("one")
_paused = tables.paused_lanes.c.lane
_STORED = select(
    tables.subscriptions,
    tables.cases.c.canceled_ats,
    select(tables.marks.c.at).where(tables.marks.c.name == bindparam("floor")).scalar_subquery().label("floor"),
    exists().where(_paused == literal_column("'stripe'")).label("is_paused"),
).select_from(
    _one.outerjoin(tables.subscriptions, _id == bindparam("subscription_id")).outerjoin(
        tables.cases, tables.cases.c.subscription_id == _id
    )
)
"""One row where nothing is stored, else one for each case."""


_seen = tables.observations.c
_ALL = select(tables.observations).where(_seen.subscription_id == bindparam("subscription_id")).order_by(_seen.number)


class SqlObservations(SqlRepository):
    async def version(self, subscription_id: SubscriptionId) -> int:
        row = tables.subscriptions.c
        return await self._connection.scalar(select(row.version).where(row.id == subscription_id)) or 0

    async def stored(self, subscription_id: SubscriptionId, *, floor: str) -> StoredSubscription:
        given = {"subscription_id": subscription_id, "floor": floor}
        found = (await self._connection.execute(_STORED, given)).mappings().all()
        values = {column.name: found[0][column.name] for column in tables.subscriptions.c}
        return StoredSubscription(
            row=None if values["id"] is None else SubscriptionRow(**values),
            has_cases=found[0]["canceled_ats"] is not None,
            canceled_ats=frozenset(at for each in found for at in each["canceled_ats"] or ()),
            floor=found[0]["floor"],
            is_paused=bool(found[0]["is_paused"]),
        )

    async def row(self, subscription_id: SubscriptionId) -> SubscriptionRow | None:
        statement = select(tables.subscriptions).where(tables.subscriptions.c.id == subscription_id)
        found = await self._find(statement)
        return None if found is None else SubscriptionRow(**found)

    async def rows(self, subscription_ids: Collection[SubscriptionId]) -> dict[SubscriptionId, SubscriptionRow]:
        return {row.id: row for row in await self._rows(tables.subscriptions.c.id.in_(subscription_ids))}

    async def save_row(self, row: SubscriptionRow, *, expected_version: int) -> bool:
        if expected_version == 0:
            new = insert(self._connection, tables.subscriptions).values(columns(row))
            return await self._changed(new.on_conflict_do_nothing(index_elements=["id"]))
        stored = tables.subscriptions.c
        guard = (stored.id == bindparam("this"), stored.version == bindparam("expected"))
        given = columns(row) | {"this": row.id, "expected": expected_version}
        return await self._changed(update(tables.subscriptions).where(*guard), given)

    async def add(self, observations: Sequence[Observation]) -> int:
        if not observations:
            return 0
        statement = (
            insert(self._connection, tables.observations)
            .on_conflict_do_nothing(index_elements=["source_id"])
            .returning(tables.observations.c.number)
        )
        rows = [_columns(observation) for observation in observations]
        return len((await self._connection.scalars(statement, rows)).all())

    async def remove(self, source_id: str) -> None:
        await self._connection.execute(delete(tables.observations).where(tables.observations.c.source_id == source_id))

    async def of(self, subscription_id: SubscriptionId) -> list[Observation]:
        found = await self._connection.execute(_ALL, {"subscription_id": subscription_id})
        return [_observation(each) for each in found.mappings()]

    async def rows_of_customer(self, customer_id: CustomerId) -> list[SubscriptionRow]:
        return await self._rows(tables.subscriptions.c.customer_id == customer_id)

    async def known(
        self, subscription_ids: Collection[SubscriptionId], *, key_id: str
    ) -> dict[SubscriptionId, KnownSubscription]:
        row, key = tables.subscriptions.c, tables.person_keys.c
        has_case = exists().where(tables.cases.c.person_id == row.person_id)
        outdated = exists().where(key.person_id == row.person_id, key.key_id != key_id)
        read = select(
            row.id, has_case.label("has_case"), and_(row.facts.is_not(None), ~outdated).label("is_current")
        ).where(row.id.in_(subscription_ids))
        found = (await self._connection.execute(read)).all()
        seen = defaultdict[SubscriptionId, list[Observation]](list)
        theirs = tables.observations.c.subscription_id.in_([each.id for each in found if not each.has_case])
        for each in await self._find_all(select(tables.observations).where(theirs)):
            seen[each["subscription_id"]].append(_observation(each))
        return {
            each.id: KnownSubscription(
                observations=seen[each.id], has_case=bool(each.has_case), is_current=bool(each.is_current)
            )
            for each in found
        }

    async def rows_of_person(self, person_id: PersonId) -> list[SubscriptionRow]:
        return await self._rows(tables.subscriptions.c.person_id == person_id)

    async def _rows(self, which: ColumnElement[bool]) -> list[SubscriptionRow]:
        row = tables.subscriptions.c
        statement = select(tables.subscriptions).where(which).order_by(row.created_at, row.id)
        return [SubscriptionRow(**found) for found in await self._find_all(statement)]


def _columns(seen: Observation) -> dict[str, Any]:
    values = columns(seen)
    return values | columns(values.pop("cancellation"))


def _observation(found: RowMapping) -> Observation:
    values = dict(found)
    del values["number"]
    return Observation(cancellation=take(Cancellation, values), **values)
