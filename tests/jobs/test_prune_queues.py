"""What is long finished goes in small batches; what something still needs stays."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select, update

from domain.cancellations.stored_case import Place
from domain.ids import CaseId, ChannelId, EventId, OfferId, StaffId
from flows.effects import AlertLookups, Effect, EmailOffer, EvaluateCase, ShowCard
from flows.ports import StripeEvent
from jobs import prune_queues
from jobs.prune_queues import AIM, MOST, BatchSize, QueuePruning
from jobs.worker import WorkerContext
from storage import tables
from storage.store import SqlStore
from tests.storage.samples import NOW, event, new_id

DAY = timedelta(days=1)
KEEP = 14 * DAY


async def prune(store: SqlStore, *, at: datetime) -> None:
    worker = WorkerContext(
        owner=uuid4(), clock=lambda: at, wall=lambda: at, stopping=asyncio.Event(), count_failure=pytest.fail
    )
    await QueuePruning(store, KEEP, worker).run(at)


async def take_in(store: SqlStore, *events: StripeEvent) -> int:
    async with store.begin() as unit:
        new = await unit.inbox.add(events, received_at=NOW)
        await unit.commit()
    return new


async def payloads(store: SqlStore) -> Mapping[str, str]:
    async with store.read() as unit:
        rows = await unit._connection.execute(select(tables.inbox.c.id, tables.inbox.c.payload))
        return dict(rows.all())


async def test_an_event_is_emptied_and_later_forgotten(store: SqlStore) -> None:
    newest = replace(event(2), created_at=NOW + timedelta(seconds=1))
    await take_in(store, event(0), event(1), newest)
    async with store.begin() as unit:
        for each in ("evt_0", "evt_2"):
            await unit.inbox.finish(EventId(each))
        await unit.inbox.set_aside(EventId("evt_1"), fault="odd")
        await unit.commit()
    whole = event(0).payload

    await prune(store, at=NOW + KEEP)
    assert await payloads(store) == {"evt_0": whole, "evt_1": whole, "evt_2": whole}
    await prune(store, at=NOW + KEEP + DAY)
    assert await payloads(store) == {"evt_0": "", "evt_1": whole, "evt_2": ""}
    await prune(store, at=NOW + 31 * DAY)  # Stripe may still send it again
    assert await take_in(store, event(0)) == 0

    await prune(store, at=NOW + 32 * DAY)  # what is set aside waits for a person; health shows the newest
    assert await payloads(store) == {"evt_1": whole, "evt_2": ""}


async def test_only_what_nothing_needs_goes_from_the_outbox(store: SqlStore) -> None:
    done: list[Effect] = [
        EvaluateCase(CaseId(new_id())),
        ShowCard(CaseId(new_id())),
        EmailOffer(OfferId(new_id())),
        AlertLookups(StaffId("U1"), "U2"),
    ]
    owner = new_id()
    async with store.begin() as unit:
        for number, each in enumerate((*done, EvaluateCase(CaseId(new_id())))):
            await unit.outbox.add(each, key=str(number), due_at=NOW)
            if each in done:
                row = await unit.outbox.claim_one(str(number), owner=owner, wall=NOW, lease=DAY)
                assert row is not None
                if each.lane == "slack":
                    place = Place(channel=ChannelId("C1"), ts="1700000000.000100")
                    await unit.outbox.placed(row.id, owner=owner, place=place)
                await unit.outbox.done(row.id, owner=owner, shown=1)
        for state in ("dead", "unclear"):
            await unit.outbox.add(EvaluateCase(CaseId(new_id())), key=state, due_at=NOW)
            await unit._connection.execute(
                update(tables.outbox).where(tables.outbox.c.key == state).values(state=state)
            )
        await unit.commit()

    for later, gone in ((KEEP, set[str]()), (KEEP + DAY, {"0"})):
        await prune(store, at=NOW + later)
        async with store.read() as unit:
            left = set(await unit._connection.scalars(select(tables.outbox.c.key)))
        assert left == {"0", "1", "2", "3", "4", "dead", "unclear"} - gone


async def test_all_goes_in_many_batches(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune_queues, "REST", timedelta())
    row = {"kind": "evaluate_case", "ids": "{}", "lane": "stripe", "state": "done", "due_at": NOW}
    counts = {"attempts": 0, "wanted": 1, "shown": 1}
    async with store.begin() as unit:
        rows = [row | counts | {"id": new_id()} for _ in range(2000)]
        await unit._connection.execute(insert(tables.outbox), rows)
        await unit.commit()
    await prune(store, at=NOW + KEEP + DAY)
    async with store.read() as unit:
        assert await unit._connection.scalar(select(func.count()).select_from(tables.outbox)) == 0


async def test_pruning_ends_when_the_process_does(store: SqlStore) -> None:
    await take_in(store, event(0))
    async with store.begin() as unit:
        await unit.inbox.finish(EventId("evt_0"))
        await unit.commit()
    worker = WorkerContext(
        owner=uuid4(), clock=lambda: NOW, wall=lambda: NOW, stopping=asyncio.Event(), count_failure=pytest.fail
    )
    worker.stopping.set()
    await QueuePruning(store, KEEP, worker).run(NOW + 40 * DAY)
    assert await payloads(store) == {"evt_0": event(0).payload}


def test_batches_grow_while_they_are_quick() -> None:
    size = BatchSize()
    for _ in range(100):
        size.learn(timedelta(milliseconds=1))
    assert size.rows == MOST


@pytest.mark.parametrize("slowness", [1.5, 3, 100])
def test_a_slow_batch_is_made_smaller_at_once(slowness: float) -> None:
    size = BatchSize(300)
    size.learn(AIM * slowness)
    assert size.rows == pytest.approx(300 / min(slowness, 10), abs=1)
    for _ in range(100):
        size.learn(AIM * slowness)
    assert size.rows == 1
