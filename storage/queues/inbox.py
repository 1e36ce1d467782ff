"""Incoming events, stored once by their id and claimed under leases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from domain.ids import EventId
from flows.ports import StripeEvent
from flows.ports.store import EventSetAside, InboxRow, Urgency
from storage import tables
from storage.database.sql_helpers import DONE, SEEN, SET_ASIDE, SqlRepository, is_open, leased, on_sqlite, take
from storage.queues.inbox_bulk_insert import store

_CLAIM_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('winback.inbox.claim'))")


@dataclass(frozen=True, slots=True)
class SqlInbox(SqlRepository):
    _wake: set[str]

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

    async def waiting(self, *, wall: datetime) -> frozenset[Urgency]:
        found = (await self._connection.execute(_waiting(), {"wall": wall})).one()
        return frozenset(one for one, waits in zip(Urgency, found, strict=True) if waits)

    async def claim(
        self, *, owner: UUID, wall: datetime, lease: timedelta, limit: int, up_to: Urgency = Urgency.LATER
    ) -> list[InboxRow]:
        if not on_sqlite(self._connection):
            # Two claims at once could each take a different row of one subject for its oldest.
            await self._connection.execute(_CLAIM_LOCK)
        given = {"wall": wall, "most": limit, "up_to": int(up_to), "by": owner, "until": wall + lease}
        found = (await self._connection.execute(_claim(), given)).mappings().all()
        return [_row(dict(each)) for each in sorted(found, key=lambda each: (each["urgency"], each["number"]))]

    async def routine(self, *, wall: datetime, limit: int) -> list[StripeEvent]:
        row = tables.inbox.c
        waits = (row.urgency == _ROUTINE, _claimable(tables.inbox), ~_sibling_goes_first(tables.inbox))
        oldest = select(tables.inbox).where(*waits).order_by(row.number).limit(limit)
        found = (await self._connection.execute(oldest, {"wall": wall})).mappings()
        return [_row(dict(each)).event for each in found]

    async def finish_routine(self, event_ids: Sequence[EventId], *, wall: datetime) -> None:
        row = tables.inbox.c
        still = (row.id.in_(event_ids), row.urgency == _ROUTINE, _claimable(tables.inbox))
        await self._release(and_(*still), {"wall": wall}, state="done", fault=None, retry_at=None)

    async def have_read(self, event_ids: Sequence[EventId]) -> None:
        row = tables.inbox.c
        theirs = (row.id.in_(event_ids), row.urgency == _ROUTINE)
        await self._connection.execute(update(tables.inbox).where(*theirs).values(urgency=Urgency.LATER))
        self._wake.add("inbox")

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

    async def renew(self, event_ids: Collection[EventId], *, owner: UUID, until: datetime) -> None:
        theirs = (leased(tables.inbox, owner), tables.inbox.c.id.in_(event_ids))
        await self._connection.execute(update(tables.inbox).where(*theirs).values(lease_until=until))

    async def give_back(self, *, owner: UUID | None) -> None:
        await self._release(leased(tables.inbox, owner), state="waiting")

    async def unfinished_since(self, subject: str) -> datetime | None:
        row = tables.inbox.c
        either = (is_open(tables.inbox), row.state == SET_ASIDE)  # each part uses its index
        created = (select(row.created_at).where(row.subject == subject, each) for each in either)
        return min(await self._connection.scalars(union_all(*created)), default=None)

    async def finished(self, *, received_before: datetime, limit: int) -> list[int]:
        row = tables.inbox.c
        old = select(row.number).where(row.state == DONE, row.received_at < received_before)
        return list(await self._connection.scalars(old.order_by(row.received_at).limit(limit)))

    async def drop_payloads(self, numbers: Sequence[int]) -> None:
        row = tables.inbox.c
        theirs = update(tables.inbox).where(row.number.in_(numbers), row.state == DONE)
        await self._connection.execute(theirs.values(state=SEEN, payload=""))

    async def forgettable(self, *, created_before: datetime, limit: int) -> list[int]:
        row = tables.inbox.c
        newest = select(func.max(row.created_at)).scalar_subquery()
        old = select(row.number).where(row.state == SEEN, row.created_at < created_before, row.created_at < newest)
        return list(await self._connection.scalars(old.order_by(row.created_at).limit(limit)))

    async def forget(self, numbers: Sequence[int]) -> None:
        row = tables.inbox.c
        await self._connection.execute(delete(tables.inbox).where(row.number.in_(numbers), row.state == SEEN))

    async def backlog(self) -> int:
        waiting = select(func.count()).select_from(tables.inbox).where(is_open(tables.inbox))
        return (await self._connection.execute(waiting)).scalar_one()

    async def is_stale(self, *, received_before: datetime) -> bool:
        row = tables.inbox.c
        # Compared in the database, where a damaged time does no harm; one by one, as the index has them.
        oldest = (
            select((row.received_at < received_before).label("old"))
            .where(is_open(tables.inbox), row.urgency == each)
            .order_by(row.number)
            .limit(1)
            .subquery()
            for each in map(int, Urgency)
        )
        return any(await self._connection.scalars(union_all(*(select(each.c.old) for each in oldest))))

    async def newest(self) -> datetime | None:
        newest: datetime | None = await self._connection.scalar(select(func.max(tables.inbox.c.created_at)))
        return newest

    async def _release(
        self, which: ColumnElement[bool], given: dict[str, datetime] | None = None, /, **values: object
    ) -> None:
        released = update(tables.inbox).where(which).values(**values, owner=None, lease_until=None)
        await self._connection.execute(released, given)
        self._wake.add("inbox")


_WALL = bindparam("wall", type_=tables.inbox.c.lease_until.type)
_ROUTINE: ColumnElement[int] = literal_column(str(int(Urgency.ROUTINE)), Integer)


def _row(found: dict[str, Any]) -> InboxRow:
    event = take(StripeEvent, found | {"accounts": frozenset(), "routine": found["urgency"] != Urgency.FIRST})
    return InboxRow(event=event, attempts=found["attempts"], failing_since=found["failing_since"])


@cache
def _waiting() -> Select[*tuple[bool, ...]]:
    """Select, for each urgency, whether anything may be claimed now."""
    claimable, urgency = _claimable(tables.inbox), tables.inbox.c.urgency
    return select(*(exists().where(claimable, urgency == one).label(one.name) for one in Urgency))


@cache
def _claim() -> ReturningUpdate[object]:
    """Lease `most` events of an urgency `up_to`, for each subject the oldest."""
    row, next_ = tables.inbox.c, tables.inbox.alias("next")
    urgent = next_.c.urgency <= bindparam("up_to", type_=Integer())
    picked = (
        select(_oldest_sibling(next_))
        .where(_claimable(next_), urgent, ~_sibling_goes_first(next_))
        .order_by(next_.c.urgency, next_.c.number)
        .limit(bindparam("most", type_=Integer()))
    )
    leased = {
        "state": "running",
        "owner": bindparam("by", type_=row.owner.type),
        "lease_until": bindparam("until", type_=row.lease_until.type),
        "attempts": row.attempts + 1,
    }
    return update(tables.inbox).where(row.number.in_(picked.scalar_subquery())).values(leased).returning(tables.inbox)


def _claimable(rows: FromClause) -> ColumnElement[bool]:
    """Match what may be claimed at the moment `wall`, a parameter of the statement."""
    waits = and_(rows.c.state == "waiting", or_(rows.c.retry_at.is_(None), rows.c.retry_at <= _WALL))
    ran_out = and_(rows.c.state == "running", rows.c.lease_until <= _WALL)
    return and_(is_open(rows), or_(waits, ran_out))


def _sibling_goes_first(rows: FromClause) -> ColumnElement[bool]:
    """Match rows of which another with the same subject is running, or is older, claimable and as urgent."""
    row, sibling = rows.c, tables.inbox.alias("sibling")
    runs = and_(sibling.c.state == "running", sibling.c.lease_until > _WALL)
    older = and_(sibling.c.number < row.number, sibling.c.urgency <= row.urgency, _claimable(sibling))
    return exists().where(
        is_open(sibling), sibling.c.subject == row.subject, sibling.c.number != row.number, or_(runs, older)
    )


def _oldest_sibling(rows: FromClause) -> ColumnElement[int]:
    """Return the number of the oldest claimable row with the subject of a row: itself or one before it."""
    sibling = tables.inbox.alias("oldest")
    theirs = select(func.min(sibling.c.number)).where(sibling.c.subject == rows.c.subject, _claimable(sibling))
    return func.coalesce(theirs.scalar_subquery(), rows.c.number)
