"""All that was ever seen of subscriptions, and the row that guards a fresh read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, select, update

from domain.billing.subscription import Cancellation
from domain.cancellations.observation import Observation
from domain.ids import CustomerId, PersonId, SubscriptionId
from flows.ports.store import SubscriptionRow
from storage import tables
from storage.database.sql_helpers import SqlRepository, insert


class SqlObservations(SqlRepository):
    async def version(self, subscription_id: SubscriptionId) -> int:
        row = tables.subscriptions.c
        return await self._connection.scalar(select(row.version).where(row.id == subscription_id)) or 0

    async def row(self, subscription_id: SubscriptionId) -> SubscriptionRow | None:
        statement = select(tables.subscriptions).where(tables.subscriptions.c.id == subscription_id)
        found = await self._find(statement)
        return None if found is None else _subscription(found)

    async def save_row(self, row: SubscriptionRow, *, expected_version: int) -> bool:
        values = {
            "customer_id": row.customer_id,
            "person_id": row.person_id,
            "created_at": row.created_at,
            "was_live": row.was_live,
            "facts": row.facts,
            "version": row.version,
        }
        if expected_version == 0:
            new = insert(self._connection, tables.subscriptions).values(id=row.id, **values)
            return await self._changed(new.on_conflict_do_nothing(index_elements=["id"]))
        stored = tables.subscriptions.c
        guard = (stored.id == row.id, stored.version == expected_version)
        return await self._changed(update(tables.subscriptions).where(*guard).values(values))

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

    async def of(self, subscription_id: SubscriptionId) -> list[Observation]:
        row = tables.observations.c
        statement = select(tables.observations).where(row.subscription_id == subscription_id).order_by(row.number)
        return [_observation(found) for found in await self._find_all(statement)]

    async def rows_of_person(self, person_id: PersonId) -> list[SubscriptionRow]:
        row = tables.subscriptions.c
        statement = select(tables.subscriptions).where(row.person_id == person_id).order_by(row.created_at, row.id)
        return [_subscription(found) for found in await self._find_all(statement)]


def _subscription(found: RowMapping) -> SubscriptionRow:
    return SubscriptionRow(
        id=SubscriptionId(found["id"]),
        customer_id=CustomerId(found["customer_id"]),
        person_id=PersonId(found["person_id"]),
        created_at=found["created_at"],
        was_live=found["was_live"],
        facts=found["facts"],
        version=found["version"],
    )


def _columns(seen: Observation) -> dict[str, Any]:
    return {
        "subscription_id": seen.subscription_id,
        "source": seen.source,
        "source_id": seen.source_id,
        "event_type": seen.event_type,
        "seen_at": seen.seen_at,
        "row_version": seen.row_version,
        "previous": seen.previous,
        "status": seen.status,
        "created_at": seen.created_at,
        "canceled_at": seen.canceled_at,
        "cancel_at": seen.cancel_at,
        "cancel_at_period_end": seen.cancel_at_period_end,
        "ended_at": seen.ended_at,
        **cancellation_columns(seen.cancellation),
    }


def _observation(found: RowMapping) -> Observation:
    return Observation(
        subscription_id=SubscriptionId(found["subscription_id"]),
        source=found["source"],
        source_id=found["source_id"],
        event_type=found["event_type"],
        seen_at=found["seen_at"],
        row_version=found["row_version"],
        previous=found["previous"],
        status=found["status"],
        created_at=found["created_at"],
        canceled_at=found["canceled_at"],
        cancel_at=found["cancel_at"],
        cancel_at_period_end=found["cancel_at_period_end"],
        ended_at=found["ended_at"],
        cancellation=cancellation_of(found),
    )


def cancellation_columns(cancellation: Cancellation) -> dict[str, str | None]:
    """Write how and why somebody cancelled as the four columns that observations and cases have alike."""
    return {
        "kind": cancellation.kind,
        "feedback": cancellation.feedback,
        "feedback_option": cancellation.feedback_option,
        "comment": cancellation.comment,
    }


def cancellation_of(found: RowMapping) -> Cancellation:
    """Read those four columns."""
    return Cancellation(
        kind=found["kind"],
        feedback=found["feedback"],
        feedback_option=found["feedback_option"],
        comment=found["comment"],
    )
