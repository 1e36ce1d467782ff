"""The outbox: effects written in the transaction that causes them, and claimed under leases.

`attempt_started_at` tells whether an earlier attempt may have had an effect. An example, posting a card:

1. `begin_attempt` commits `attempt_started_at = 12:00:00`; then Slack is called, and the process is killed.
2. The lease runs out. The next claim returns the row with `attempt_started_at` still set: unclear.
3. The dispatcher searches the channel for the effect's marker. It finds the message: `placed` stores where, nothing is
   posted again. It finds none: `begin_attempt` commits a new time, and the card is posted.
4. `done` clears `attempt_started_at`. A failure that surely had no effect clears it too (`no_effect`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, RowMapping, Update, and_, delete, func, select, union_all, update

from domain.cancellations.stored_case import Place
from domain.ids import EffectId, EventId
from flows.effects import Effect, EffectState, Lane, OutboxRow, PostQueue, Priority
from flows.ports import NewId
from storage import tables
from storage.database.sql_helpers import DONE, RUNNING, SqlRepository, insert, is_open, leased
from storage.queues import outbox_due, outbox_new
from storage.queues.effect_codec import fresh, row_of
from storage.queues.outbox_due import in_state
from storage.queues.outbox_priority import edit_priority, once_posted

_row = tables.outbox.c
_RELEASED = {"owner": None, "lease_until": None}


@dataclass(frozen=True, slots=True)
class SqlOutbox(SqlRepository):
    _wake: set[str]
    _new_id: NewId
    _cause: EventId | None

    async def add(self, effect: Effect, *, due_at: datetime, key: str | None = None) -> EffectId | None:
        once = outbox_new.once(self._connection.dialect.name)
        added = await self._connection.scalar(once, self._fresh(effect, due_at=due_at, key=key))
        if added is None:
            return None
        self._wake.add(f"outbox:{effect.lane}")
        return EffectId(added)

    async def add_all(self, effects: Mapping[str, tuple[Effect, datetime]]) -> None:
        rows = [self._fresh(effect, due_at=due_at, key=key) for key, (effect, due_at) in effects.items()]
        await self._connection.execute(outbox_new.once(self._connection.dialect.name), rows)
        self._wake.update(f"outbox:{effect.lane}" for effect, _ in effects.values())

    async def request(self, effect: Effect, *, key: str, due_at: datetime) -> EffectId:
        again = outbox_new.or_again(self._connection.dialect.name, edit_priority())
        self._wake.add(f"outbox:{effect.lane}")
        requested = await self._connection.execute(again, self._fresh(effect, due_at=due_at, key=key))
        return EffectId(requested.scalar_one())

    async def claim(
        self,
        lane: Lane,
        *,
        owner: UUID,
        now: datetime,
        wall: datetime,
        lease: timedelta,
        limit: int,
        probing: bool,
        priorities: Collection[Priority] = tuple(Priority),
        busy: frozenset[PostQueue] = frozenset(),
    ) -> list[OutboxRow]:
        given = {**outbox_due.times(now=now, wall=wall), "claimed_by": owner, "leased_until": wall + lease}
        claimed: list[RowMapping] = []
        for priority in sorted(priorities):
            statement = outbox_due.claim(lane, priority, probing=probing, busy=busy)
            found = await self._connection.execute(statement, {**given, "most": limit - len(claimed)})
            claimed += sorted(found.mappings(), key=lambda each: (each["due_at"], each["number"]))
            if len(claimed) >= limit:
                break
        return [row_of(each) for each in claimed]

    async def claim_one(
        self, one: str | EffectId, *, owner: UUID, wall: datetime, lease: timedelta
    ) -> OutboxRow | None:
        by_key = isinstance(one, str)
        given = {"wall": wall, "one": one, "by": owner, "until": wall + lease}
        found = (await self._connection.execute(outbox_due.claim_one(by_key=by_key), given)).mappings().one_or_none()
        return None if found is None else row_of(found)

    async def begin_attempt(self, effect_id: EffectId, *, owner: UUID, wall: datetime) -> bool:
        begun = _update_held(effect_id, owner).where(_row.lease_until > wall).values(attempt_started_at=wall)
        return await self._changed(begun)

    async def no_effect(self, effect_id: EffectId, *, owner: UUID) -> None:
        await self._changed(_update_held(effect_id, owner).values(attempt_started_at=None))

    async def placed(self, effect_id: EffectId, *, owner: UUID, place: Place | None) -> bool:
        there = {"place_channel": place and place.channel, "place_ts": place and place.ts}
        noted = _update_held(effect_id, owner).values(**there, attempt_started_at=None, priority=once_posted())
        return await self._changed(noted)

    async def done(self, effect_id: EffectId, *, owner: UUID, shown: int, place: Place | None = None) -> bool:
        given: dict[str, object] = {"effect_id": effect_id, "by": owner, "now_shown": shown}
        if place is not None:
            given |= {"channel": place.channel, "ts": place.ts}
        statement = outbox_new.done(placed=place is not None)
        released = (await self._connection.execute(statement, given)).one_or_none()
        if released is not None and released.state == "waiting":
            self._wake.add(f"outbox:{released.lane}")
        return released is not None

    async def later(self, effect_id: EffectId, *, owner: UUID, retry_at: datetime, fault: str) -> bool:
        given_back = _update_held(effect_id, owner).values(**_RELEASED, state="waiting", retry_at=retry_at, fault=fault)
        return await self._changed(given_back)

    async def settle(self, effect_id: EffectId, *, owner: UUID, state: EffectState, fault: str) -> bool:
        ended = _update_held(effect_id, owner).values(**_RELEASED, state=state, fault=fault)
        return await self._changed(ended)

    async def retry(self, effect_id: EffectId) -> bool:
        dead = and_(_row.id == effect_id, _row.state == "dead")
        revived = update(tables.outbox).where(dead).values(state="waiting", attempts=0, retry_at=None, fault=None)
        return await self._waking(revived)

    async def row(self, effect_id: EffectId) -> OutboxRow | None:
        return await self._one(_row.id == effect_id)

    async def by_key(self, key: str) -> OutboxRow | None:
        return await self._one(_row.key == key)

    async def listed(self, *, states: Sequence[EffectState], limit: int) -> list[OutboxRow]:
        newest = _row.number.desc()
        found = (select(_row.number).where(in_state(each)).order_by(newest).limit(limit).subquery() for each in states)
        listed = _row.number.in_(union_all(*(select(each.c.number) for each in found)))
        statement = select(tables.outbox).where(listed).order_by(newest).limit(limit)
        return [row_of(each) for each in await self._find_all(statement)]

    async def counts(self, *, now: datetime) -> dict[EffectState, int]:
        due = and_(is_open(tables.outbox), _row.lane.in_(get_args(Lane)), _row.due_at <= now)
        states: dict[EffectState, ColumnElement[bool]] = {
            "waiting": and_(due, _row.state != RUNNING),
            "running": in_state("running"),
            "dead": in_state("dead"),
            "unclear": in_state("unclear"),
        }
        figures = (select(func.count(_row.number)).where(which).scalar_subquery() for which in states.values())
        counted = (await self._connection.execute(select(*figures))).one()
        return {state: count for state, count in zip(states, counted, strict=True) if count}

    async def waits(
        self, lane: Lane, *, now: datetime, wall: datetime, probing: bool, busy: frozenset[PostQueue] = frozenset()
    ) -> dict[Priority, timedelta]:
        looked_at, statement = outbox_due.next_moments(lane, probing=probing, busy=busy)
        moments = (await self._connection.execute(statement, outbox_due.times(now=now, wall=wall))).one()
        return outbox_due.rests(looked_at, moments, now=now, wall=wall)

    async def prunable(self, *, due_before: datetime, limit: int) -> list[int]:
        return list(await self._connection.scalars(outbox_due.prunable(due_before, limit)))

    async def prune(self, numbers: Sequence[int]) -> None:
        await self._connection.execute(delete(tables.outbox).where(_row.number.in_(numbers), _row.state == DONE))

    async def renew(self, effect_ids: Collection[EffectId], *, owner: UUID, until: datetime) -> None:
        theirs = (leased(tables.outbox, owner), _row.id.in_(effect_ids), _row.lease_until < until)
        await self._connection.execute(update(tables.outbox).where(*theirs).values(lease_until=until))

    async def give_back(self, *, owner: UUID | None) -> None:
        given_back = update(tables.outbox).where(leased(tables.outbox, owner)).values(**_RELEASED, state="waiting")
        await self._connection.execute(given_back)
        self._wake.add("outbox")

    async def pause(self, lane: Lane, *, at: datetime, why: str) -> bool:
        statement = insert(self._connection, tables.paused_lanes).values(lane=lane, at=at, why=why)
        return await self._changed(statement.on_conflict_do_nothing(index_elements=["lane"]))

    async def resume(self, lane: Lane, *, by_event: bool = False) -> bool:
        return await self._waking(outbox_due.resumed(lane, by_event=by_event))

    async def paused(self) -> dict[Lane, str]:
        paused = tables.paused_lanes.c
        return dict((await self._connection.execute(select(paused.lane, paused.why))).all())

    def _fresh(self, effect: Effect, *, due_at: datetime, key: str | None) -> dict[str, Any]:
        return fresh(effect, self._new_id(), due_at=due_at, key=key, cause=self._cause)

    async def _waking(self, statement: Executable) -> bool:
        if woken := await self._changed(statement):
            self._wake.add("outbox")
        return woken

    async def _one(self, which: ColumnElement[bool]) -> OutboxRow | None:
        found = await self._find(select(tables.outbox).where(which))
        return None if found is None else row_of(found)


def _update_held(effect_id: EffectId, owner: UUID) -> Update:
    return update(tables.outbox).where(_row.id == effect_id, _row.owner == owner, _row.state == "running")
