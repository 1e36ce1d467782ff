"""In a rush of new cancellations, what may wait is read at Stripe one by one; what somebody waits for is not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID, uuid4

from domain.ids import CaseId, OfferId
from flows.effects import EnrichCase, PrepareOffer
from flows.outbox.dispatcher import Attempt, Dispatcher
from jobs.drain_outbox import OutboxWorker
from jobs.worker import WorkerContext
from storage.store import SqlStore
from tests.builders.context import a_context
from tests.storage.samples import NOW

PATIENCE = 60
CASES = [CaseId(UUID(int=number)) for number in range(3)]


class Desk:
    """A worker of Stripe's lane, whose calls for cases are answered when a test says so."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.reading: list[CaseId] = []
        self.prepared = 0
        self.answered = asyncio.Event()
        self.worker = WorkerContext(
            owner=uuid4(), clock=lambda: NOW, wall=lambda: NOW, stopping=asyncio.Event(), count_failure=lambda _: None
        )

    async def enrich(self, effect: EnrichCase, attempt: Attempt, now: datetime) -> None:
        self.reading.append(effect.case_id)
        await self.answered.wait()

    async def prepare(self, effect: PrepareOffer, attempt: Attempt, now: datetime) -> None:
        self.prepared += 1

    async def add(self, *effects: EnrichCase | PrepareOffer) -> None:
        async with self.store.begin() as unit:
            for effect in effects:
                await unit.outbox.add(effect, due_at=NOW)
            await unit.commit()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        outbox = OutboxWorker(
            lane="stripe",
            store=self.store,
            dispatcher=Dispatcher(
                a_context(self.store, wall=lambda: NOW), {EnrichCase: self.enrich, PrepareOffer: self.prepare}
            ),
            wakeup=self.store.wakeups.outbox["stripe"],
            worker=self.worker,
            count=lambda *_: None,
            is_ours=lambda: True,
            first_posts=None,
        )
        task = asyncio.create_task(outbox.run())
        yield
        self.worker.stopping.set()
        self.answered.set()
        self.store.wakeups.outbox["stripe"].set()
        await task


async def until(seen: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not seen():  # noqa: ASYNC110  # the worker tells nobody
            await asyncio.sleep(0.01)


async def test_what_may_wait_is_read_one_by_one(sqlite_store: SqlStore) -> None:
    desk = Desk(sqlite_store)
    desk.worker.rush.is_on = True
    await desk.add(*map(EnrichCase, CASES))
    async with desk.at_work():
        await until(lambda: len(desk.reading) == 1)
        await desk.add(PrepareOffer(OfferId(UUID(int=9))))
        await until(lambda: desk.prepared == 1)
        assert desk.reading == CASES[:1]
        desk.worker.rush.is_on = False
        await until(lambda: desk.reading == CASES)
