"""Effects to be done outside: asked for in the transaction of the state that caused them, claimed in leases."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, Update, and_, case, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.cancellations.stored_case import Place
from domain.ids import EffectId
from flows.effects import Effect, EffectState, Lane, OutboxRow
from flows.ports import NewId
from storage import tables
from storage.database.sql_helpers import RUNNING, changed, insert, is_open, leased
from storage.queues.effect_codec import KINDS, columns_of, row_of
from storage.queues.outbox_due import claimable, free, known, next_moments, unpaused

if TYPE_CHECKING:
    from storage.database.sql_helpers import OnConflictInsert

_row = tables.outbox.c
_RELEASED = {"owner": None, "lease_until": None}


class SqlOutbox:
    """See `flows.ports.store.Outbox`."""

    def __init__(self, connection: AsyncConnection, wake: set[str], new_id: NewId, cause: str | None) -> None:
        self._connection = connection
        self._cause = cause
        self._wake = wake
        self._new_id = new_id

    async def add(self, effect: Effect, *, due_at: datetime, key: str | None = None) -> EffectId | None:
        """Ask for an effect once; with a `key` already there, nothing is added and None returned."""
        statement = self._fresh(effect, due_at=due_at, key=key).on_conflict_do_nothing(index_elements=[_row.key])
        added = await self._connection.scalar(statement.returning(_row.id))
        if added is None:
            return None
        self._wake.add("outbox")
        return EffectId(added)

    async def want(self, effect: Effect, *, key: str, due_at: datetime) -> EffectId:
        """Ask for desired state: raise `wanted`, wake a row that is done, bring `due_at` forward.

        A row that is done waits from the new `due_at` on; one that runs goes on and waits again after it.
        """
        statement = self._fresh(effect, due_at=due_at, key=key)
        over = _row.state == "done"
        upsert = statement.on_conflict_do_update(
            index_elements=[_row.key],
            set_={
                "wanted": _row.wanted + 1,
                "cause": statement.excluded.cause,
                "state": case((over, "waiting"), else_=_row.state),
                "due_at": case((or_(over, _row.due_at > due_at), due_at), else_=_row.due_at),
            },
        ).returning(_row.id)
        self._wake.add("outbox")
        return EffectId((await self._connection.execute(upsert)).scalar_one())

    async def claim(
        self, lane: Lane, *, owner: UUID, now: datetime, wall: datetime, lease: timedelta, limit: int, probing: bool
    ) -> list[OutboxRow]:
        """Lease what is due in a lane, and rows whose lease ran out, oldest first; `probing`: though it is paused.

        What is returned is ours until the lease runs out, once the transaction is committed.
        """
        picked = (
            select(_row.number)
            .where(claimable(lane, now=now, wall=wall, probing=probing))
            .order_by(_row.due_at, _row.number)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("picked")  # a CTE is run once; PostgreSQL may run a locking subquery again and lock more rows
        )
        statement = (
            update(tables.outbox)
            .where(_row.number.in_(select(picked.c.number)))
            .values(_lease(owner, until=wall + lease))
            .returning(tables.outbox)
        )
        found = (await self._connection.execute(statement)).mappings().all()
        return [row_of(each) for each in sorted(found, key=lambda each: (each["due_at"], each["number"]))]

    async def claim_one(self, key: str, *, owner: UUID, wall: datetime, lease: timedelta) -> OutboxRow | None:
        """Lease the waiting row of a key at once, due or not, for who does it while somebody waits.

        None: it is being done, was done, waits for a later attempt, or its lane is paused.
        """
        waits = and_(_row.key == key, known(), unpaused(), free(wall=wall))
        claimed = update(tables.outbox).where(waits).values(_lease(owner, until=wall + lease)).returning(tables.outbox)
        found = (await self._connection.execute(claimed)).mappings().one_or_none()
        return None if found is None else row_of(found)

    async def begin_attempt(self, effect_id: EffectId, *, owner: UUID, wall: datetime) -> bool:
        """Note that a call with an effect begins; False: the lease ran out or is another's."""
        begun = _update_held(effect_id, owner).where(_row.lease_until > wall).values(attempt_started_at=wall)
        return await changed(self._connection, begun)

    async def no_effect(self, effect_id: EffectId, *, owner: UUID) -> None:
        """Note that the attempt surely had no effect."""
        await changed(self._connection, _update_held(effect_id, owner).values(attempt_started_at=None))

    async def placed(self, effect_id: EffectId, *, owner: UUID, place: Place | None) -> bool:
        """Note where the message stands (None: it is gone), and that the attempt is settled."""
        noted = _update_held(effect_id, owner).values(
            place_channel=place and place.channel,
            place_ts=place and place.ts,
            attempt_started_at=None,
        )
        return await changed(self._connection, noted)

    async def done(self, effect_id: EffectId, *, owner: UUID, shown: int) -> bool:
        """Note what was done; a row whose `wanted` has grown since waits again."""
        waits_again = _row.wanted > shown
        statement = (
            _update_held(effect_id, owner)
            .values(
                **_RELEASED,
                shown=shown,
                state=case((waits_again, "waiting"), else_="done"),
                attempts=0,
                attempt_started_at=None,
                retry_at=None,
                fault=None,
            )
            .returning(_row.state)
        )
        state = await self._connection.scalar(statement)
        if state == "waiting":
            self._wake.add("outbox")
        return state is not None

    async def later(self, effect_id: EffectId, *, owner: UUID, retry_at: datetime, fault: str) -> bool:
        """Give back for a later attempt (wall time); `attempt_started_at` stays as it is."""
        given_back = _update_held(effect_id, owner).values(**_RELEASED, state="waiting", retry_at=retry_at, fault=fault)
        return await changed(self._connection, given_back)

    async def settle(self, effect_id: EffectId, *, owner: UUID, state: EffectState, fault: str) -> bool:
        """End it as dead or unclear, with the reason."""
        ended = _update_held(effect_id, owner).values(**_RELEASED, state=state, fault=fault)
        return await changed(self._connection, ended)

    async def retry(self, effect_id: EffectId) -> bool:
        """Bring a dead row back to life; False where it is not dead."""
        dead = and_(_row.id == effect_id, _row.state == "dead")
        revived = update(tables.outbox).where(dead).values(state="waiting", attempts=0, retry_at=None, fault=None)
        return await self._waking(revived)

    async def row(self, effect_id: EffectId) -> OutboxRow | None:
        """Read one row; raises UnknownEffect for a kind of another version."""
        return await self._one(_row.id == effect_id)

    async def by_key(self, key: str) -> OutboxRow | None:
        """Read the row of a key; raises UnknownEffect for a kind of another version."""
        return await self._one(_row.key == key)

    async def listed(self, *, states: Sequence[EffectState], limit: int) -> list[OutboxRow]:
        """List rows by state, newest first; those of kinds that only another version knows are left out."""
        statement = (
            select(tables.outbox)
            .where(_row.state.in_(states), _row.kind.in_(KINDS))
            .order_by(_row.number.desc())
            .limit(limit)
        )
        return [row_of(each) for each in (await self._connection.execute(statement)).mappings()]

    async def counts(self, *, now: datetime) -> dict[EffectState, int]:
        """Count, by state, what is due and not done; states without rows are left out.

        What waits for its time and what is done is not even read: there may be a million of each.
        """
        due = and_(is_open(tables.outbox), _row.lane.in_(get_args(Lane)), _row.due_at <= now)
        states: dict[EffectState, ColumnElement[bool]] = {
            "waiting": and_(due, _row.state != RUNNING),  # "= 'waiting'" would draw SQLite to the index by state
            "running": _row.state == RUNNING,
            "dead": _row.state == "dead",
            "unclear": _row.state == "unclear",
        }
        figures = (select(func.count(_row.number)).where(which).scalar_subquery() for which in states.values())
        counted = (await self._connection.execute(select(*figures))).one()
        return {state: count for state, count in zip(states, counted, strict=True) if count}

    async def next_due(self, lane: Lane, *, now: datetime, wall: datetime, probing: bool) -> timedelta | None:
        """Say how long till something is due; zero or less: now; None: nothing waits.

        Rows that run are looked at when their lease runs out.
        """
        moments = (await self._connection.execute(next_moments(lane, wall=wall, probing=probing))).one()
        clocks = (now, wall, wall)
        return min((at - clock for at, clock in zip(moments, clocks, strict=True) if at is not None), default=None)

    async def give_back(self, *, owner: UUID | None) -> None:
        """Give back all leases of an owner that stops, or (None) of everybody: for who alone is left to work."""
        given_back = update(tables.outbox).where(leased(tables.outbox, owner)).values(**_RELEASED, state="waiting")
        await self._connection.execute(given_back)
        self._wake.add("outbox")

    async def pause(self, lane: Lane, *, at: datetime, why: str) -> bool:
        """Pause a lane; False: it was paused already."""
        statement = insert(self._connection, tables.paused_lanes).values(lane=lane, at=at, why=why)
        return await changed(self._connection, statement.on_conflict_do_nothing(index_elements=["lane"]))

    async def resume(self, lane: Lane) -> bool:
        """Let a lane run again; False: it was not paused."""
        return await self._waking(delete(tables.paused_lanes).where(tables.paused_lanes.c.lane == lane))

    async def paused(self) -> dict[Lane, str]:
        """Say which lanes are paused, and why."""
        found = await self._connection.execute(select(tables.paused_lanes.c.lane, tables.paused_lanes.c.why))
        return dict(found.all())

    def _fresh(self, effect: Effect, *, due_at: datetime, key: str | None) -> "OnConflictInsert":
        return insert(self._connection, tables.outbox).values(
            **columns_of(effect),
            id=self._new_id(),
            key=key,
            state="waiting",
            due_at=due_at,
            cause=self._cause,
            attempts=0,
            wanted=1,
            shown=0,
        )

    async def _waking(self, statement: Executable) -> bool:
        woken = await changed(self._connection, statement)
        if woken:
            self._wake.add("outbox")
        return woken

    async def _one(self, which: ColumnElement[bool]) -> OutboxRow | None:
        found = (await self._connection.execute(select(tables.outbox).where(which))).mappings().one_or_none()
        return None if found is None else row_of(found)


def _update_held(effect_id: EffectId, owner: UUID) -> Update:
    return update(tables.outbox).where(_row.id == effect_id, _row.owner == owner, _row.state == "running")


def _lease(owner: UUID, *, until: datetime) -> dict[str, Any]:
    return {"state": "running", "owner": owner, "lease_until": until, "attempts": _row.attempts + 1}
