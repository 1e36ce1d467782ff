"""Batches of cancellations, and what waits to be posted into their channel for the first time."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import exists, func, or_, select, update

from domain.ids import BatchId, CaseId, EffectId
from flows.outbox.message_updates import batch_key
from flows.ports.store import BatchRow, CardWish, FirstPost, PlannedEdit, PostsWaiting
from storage import tables
from storage.database.sql_helpers import SqlRepository
from storage.queues.effect_codec import effect_of
from storage.queues.first_posts import BATCHED, NEVER_TRIED, posts_waiting
from storage.queues.outbox_due import unpaused

_row = tables.outbox.c
_batch = tables.card_batches.c
_of_batch = tables.batch_rows.c


class SqlCardBatches(SqlRepository):
    async def waiting(self, *, now: datetime, wall: datetime) -> PostsWaiting:
        found = (await self._connection.execute(posts_waiting(), {"now": now, "wall": wall})).mappings().one()
        return PostsWaiting(**found)

    async def new(self, *, now: datetime, wall: datetime, limit: int) -> list[FirstPost]:
        statement = (
            select(_row.id, _row.key, _row.kind, _row.ids, _row.attempts, _row.retry_at)
            .join_from(tables.outbox, tables.batch_rows, BATCHED, isouter=True)
            .where(NEVER_TRIED, _row.due_at <= now, unpaused(), _of_batch.case_id.is_(None))
            .order_by(_row.kind, _row.due_at, _row.number)
            .limit(limit)
        )
        return [
            FirstPost(
                id=EffectId(each["id"]),
                key=each["key"],
                effect=effect_of(each["kind"], each["ids"]),
                attempts=each["attempts"],
                held_back=each["retry_at"] is not None and each["retry_at"] > wall,
            )
            for each in await self._find_all(statement)
        ]

    async def form(self, batch_id: BatchId, cards: Sequence[tuple[str, CaseId]], *, at: datetime) -> int:
        still = await self._finish([key for key, _ in cards])
        rows = [(key, case_id) for key, case_id in cards if key in still]
        if rows:
            await self._connection.execute(tables.card_batches.insert().values(id=batch_id, formed_at=at))
            values = [
                {"case_id": case_id, "card_key": key, "batch_id": batch_id, "position": position}
                for position, (key, case_id) in enumerate(rows, start=1)
            ]
            await self._connection.execute(tables.batch_rows.insert(), values)
        return len(rows)

    async def formed_since(self, at: datetime) -> bool:
        return bool(await self._connection.scalar(select(exists().where(_batch.formed_at >= at))))

    async def changed(self, *, now: datetime, limit: int) -> list[tuple[str, BatchId]]:
        statement = (
            select(_row.key, _of_batch.batch_id)
            .join_from(tables.outbox, tables.batch_rows, BATCHED, isouter=True)  # from the few rows that wait
            .where(NEVER_TRIED, _row.due_at <= now, _of_batch.case_id.is_not(None))
            .where(or_(_of_batch.own_card.is_(None), _of_batch.own_card == "posted"))
            .order_by(_row.due_at, _row.number)
            .limit(limit)
        )
        return [(each.key, BatchId(each.batch_id)) for each in await self._connection.execute(statement)]

    async def settle(self, keys: Collection[str]) -> None:
        only_there = select(_of_batch.card_key).where(_of_batch.card_key.in_(keys), _of_batch.own_card.is_(None))
        await self._finish((await self._connection.scalars(only_there.with_for_update())).all())
        deleted = update(tables.batch_rows).where(_of_batch.card_key.in_(keys), _of_batch.own_card == "posted")
        await self._connection.execute(deleted.values(own_card="due"))

    async def rows(self, batch_id: BatchId) -> list[BatchRow]:
        statement = select(tables.batch_rows).where(_of_batch.batch_id == batch_id).order_by(_of_batch.position)
        return [_read(each.case_id, each.batch_id, each.own_card) for each in await self._connection.execute(statement)]

    async def row(self, case_id: CaseId) -> BatchRow | None:
        found = await self._find(select(tables.batch_rows).where(_of_batch.case_id == case_id))
        return None if found is None else _read(found["case_id"], found["batch_id"], found["own_card"])

    async def want_cards(self, case_ids: Collection[CaseId], wish: CardWish) -> list[BatchRow]:
        none_yet = _of_batch.own_card.is_(None)
        wanting = or_(none_yet, _of_batch.own_card == "due") if wish == "asked" else none_yet
        statement = (
            update(tables.batch_rows)
            .where(_of_batch.case_id.in_(case_ids), wanting)
            .values(own_card=wish)
            .returning(tables.batch_rows)
        )
        return [_read(each.case_id, each.batch_id, each.own_card) for each in await self._connection.execute(statement)]

    async def card_posted(self, case_id: CaseId) -> None:
        posted = update(tables.batch_rows).where(_of_batch.case_id == case_id, _of_batch.own_card.is_not(None))
        await self._connection.execute(posted.values(own_card="posted"))

    async def planned_edits(self, batch_ids: Collection[BatchId]) -> dict[BatchId, PlannedEdit]:
        keys = {batch_key(batch_id): batch_id for batch_id in batch_ids}
        posted = await self._connection.scalars(select(_row.key).where(_row.key.in_(keys), _row.place_ts.is_not(None)))
        there = {keys[key] for key in posted}
        planned = select(_batch.id, _batch.edit_at).where(_batch.id.in_(batch_ids))
        return {
            BatchId(each.id): PlannedEdit(edit_at=each.edit_at, posted=each.id in there)
            for each in await self._connection.execute(planned)
        }

    async def last_planned_edit(self) -> datetime | None:
        last: datetime | None = await self._connection.scalar(select(func.max(_batch.edit_at)))
        return last

    async def plan_edit(self, batch_id: BatchId, *, at: datetime) -> None:
        await self._connection.execute(update(tables.card_batches).where(_batch.id == batch_id).values(edit_at=at))

    async def shown(self, batch_id: BatchId) -> str | None:
        digest: str | None = await self._connection.scalar(select(_batch.shown).where(_batch.id == batch_id))
        return digest

    async def record_shown(self, batch_id: BatchId, digest: str | None) -> None:
        await self._connection.execute(update(tables.card_batches).where(_batch.id == batch_id).values(shown=digest))

    async def _finish(self, keys: Sequence[str]) -> set[str]:
        """Finish cards that still wait for their first post: a batch shows them."""
        statement = (
            update(tables.outbox)
            .where(_row.key.in_(keys), NEVER_TRIED)
            .values(state="done", shown=_row.wanted, attempts=0, retry_at=None, fault=None)
            .returning(_row.key)
        )
        return set(await self._connection.scalars(statement))


def _read(case_id: CaseId, batch_id: BatchId, own_card: CardWish | None) -> BatchRow:
    return BatchRow(case_id=case_id, batch_id=batch_id, own_card=own_card)
