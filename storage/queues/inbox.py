"""Incoming events, stored once by their id and claimed under leases."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.ids import EventId
from flows.ports import StripeEvent
from flows.ports.store import EventSetAside, InboxRow
from storage import tables
from storage.database.sql_helpers import SET_ASIDE, SqlRepository, is_open, leased, on_sqlite, take
from storage.queues.inbox_bulk_insert import store

_CLAIM_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('winback.inbox.claim'))")


class SqlInbox(SqlRepository):
    def __init__(self, connection: AsyncConnection, wake: set[str]) -> None:
        super().__init__(connection)
        self._wake = wake

    async def add(self, events: Sequence[StripeEvent], *, received_at: datetime) -> int:
        arrivals = [(event, received_at) for event in events]
        new = sum(await self._connection.run_sync(store, arrivals))
        if new:
            self._wake.add("inbox")
        return new

    async def unknown(self, events: Sequence[StripeEvent]) -> list[StripeEvent]:
        """Return those that are not stored yet."""
        wanted = [event.id for event in events]
        known = set(await self._connection.scalars(select(tables.inbox.c.id).where(tables.inbox.c.id.in_(wanted))))
        return [event for event in events if event.id not in known]

    async def is_claimable(self, *, wall: datetime) -> bool:
        """Return whether something waits or a lease ran out."""
        return bool(await self._connection.scalar(select(exists().where(_claimable(tables.inbox, wall)))))

    async def claim(self, *, owner: UUID, wall: datetime, lease: timedelta, limit: int) -> list[InboxRow]:
        if not on_sqlite(self._connection):
            # Two claims at once could each take a different row of one subject for its oldest.
            await self._connection.execute(_CLAIM_LOCK)
        row = tables.inbox.c
        picked = select(row.number).where(_claimable(tables.inbox, wall), ~_sibling_goes_first(wall))
        statement = (
            update(tables.inbox)
            .where(row.number.in_(picked.order_by(row.number).limit(limit).scalar_subquery()))
            .values(state="running", owner=owner, lease_until=wall + lease, attempts=row.attempts + 1)
            .returning(tables.inbox)
        )
        found = await self._find_all(statement)
        return [_row(dict(each)) for each in sorted(found, key=lambda each: int(each["number"]))]

    async def finish(self, event_id: EventId) -> None:
        await self._release(tables.inbox.c.id == event_id, state="done", fault=None, retry_at=None)

    async def retry(self, event_id: EventId, *, at: datetime, fault: str, failing_since: datetime) -> None:
        values = {"fault": fault, "retry_at": at, "failing_since": failing_since}
        await self._release(tables.inbox.c.id == event_id, state="waiting", **values)

    async def set_aside(self, event_id: EventId, *, fault: str) -> None:
        await self._release(tables.inbox.c.id == event_id, state="set_aside", fault=fault, retry_at=None)

    async def listed_aside(self, *, limit: int) -> list[EventSetAside]:
        row = tables.inbox.c
        aside = select(row.id, row.type, row.received_at, row.fault).where(row.state == SET_ASIDE)
        found = await self._find_all(aside.order_by(row.number.desc()).limit(limit))
        return [EventSetAside(**each) for each in found]

    async def count_aside(self) -> int:
        aside = select(func.count()).select_from(tables.inbox).where(tables.inbox.c.state == SET_ASIDE)
        return (await self._connection.execute(aside)).scalar_one()

    async def try_again(self, event_id: EventId) -> bool:
        row = tables.inbox.c
        aside = update(tables.inbox).where(row.id == event_id, row.state == SET_ASIDE)
        self._wake.add("inbox")
        return await self._changed(
            aside.values(state="waiting", attempts=0, retry_at=None, fault=None, failing_since=None)
        )

    async def give_back(self, *, owner: UUID | None) -> None:
        await self._release(leased(tables.inbox, owner), state="waiting")

    async def unfinished_since(self, subject: str) -> datetime | None:
        theirs = (tables.inbox.c.subject == subject, tables.inbox.c.state != "done")
        oldest: datetime | None = await self._connection.scalar(
            select(func.min(tables.inbox.c.created_at)).where(*theirs)
        )
        return oldest

    async def backlog(self) -> int:
        waiting = select(func.count()).select_from(tables.inbox).where(is_open(tables.inbox))
        return (await self._connection.execute(waiting)).scalar_one()

    async def newest(self) -> datetime | None:
        newest: datetime | None = await self._connection.scalar(select(func.max(tables.inbox.c.created_at)))
        return newest

    async def _release(self, which: ColumnElement[bool], **values: object) -> None:
        await self._connection.execute(update(tables.inbox).where(which).values(**values, owner=None, lease_until=None))
        self._wake.add("inbox")


def _row(found: dict[str, Any]) -> InboxRow:
    event = take(StripeEvent, found | {"accounts": frozenset()})
    return InboxRow(event=event, attempts=found["attempts"], failing_since=found["failing_since"])


def _claimable(rows: FromClause, wall: datetime) -> ColumnElement[bool]:
    waits = and_(rows.c.state == "waiting", or_(rows.c.retry_at.is_(None), rows.c.retry_at <= wall))
    ran_out = and_(rows.c.state == "running", rows.c.lease_until <= wall)
    return and_(is_open(rows), or_(waits, ran_out))


def _sibling_goes_first(wall: datetime) -> ColumnElement[bool]:
    """Match rows of which another with the same subject is running, or is older and claimable."""
    row, sibling = tables.inbox.c, tables.inbox.alias("sibling")
    runs = and_(sibling.c.state == "running", sibling.c.lease_until > wall)
    older = and_(sibling.c.number < row.number, _claimable(sibling, wall))
    return exists().where(
        is_open(sibling), sibling.c.subject == row.subject, sibling.c.number != row.number, or_(runs, older)
    )
