"""The outbox's worker: an effect on which our own code crashes is set aside with one alert; no other waits for it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from bot.assembly.context import WORDING
from bot.assembly.program import give_back
from domain.ids import CaseId
from flows.effects import AlertDead, EffectState, OutboxRow, ShowCard
from flows.outbox.dispatcher import MAX_DELAY, MOST_CRASHES, Attempt, Dispatcher
from flows.outbox.retry_dead import retry_dead
from jobs.drain_outbox import OutboxWorker
from jobs.worker import WorkerContext
from storage.store import SqlStore
from tests.builders.context import SETTINGS, a_context

ADMIN = "U0ADMIN001"
FAULTY, SOUND = (CaseId(UUID(int=number)) for number in (1, 2))


class Office:
    """A worker of Slack's lane whose clock a test moves; it crashes on one card until that is mended."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.at = datetime(2026, 11, 3, 12, tzinfo=UTC)
        self.mended = False
        self.shown: list[CaseId] = []
        self.told: list[str] = []
        self.counted: list[tuple[str, str]] = []

    def now(self) -> datetime:
        return self.at

    async def show(self, effect: ShowCard, attempt: Attempt, now: datetime) -> None:
        if effect.case_id == FAULTY and not self.mended:
            raise ZeroDivisionError
        self.shown.append(effect.case_id)

    async def tell(self, effect: AlertDead, attempt: Attempt, now: datetime) -> None:
        self.told.append(effect.to)

    async def add(self, case_id: CaseId) -> None:
        async with self.store.begin() as unit:
            await unit.outbox.add(ShowCard(case_id), key=f"card:{case_id}", due_at=self.at)
            await unit.commit()

    async def rows(self, state: EffectState) -> list[OutboxRow]:
        async with self.store.read() as unit:
            return await unit.outbox.listed(states=[state], limit=20)

    async def is_due(self) -> bool:
        async with self.store.read() as unit:
            waits = await unit.outbox.waits("slack", now=self.at, wall=self.at, probing=False)
        return any(rest <= timedelta() for rest in waits.values())

    async def work(self) -> None:
        """Run the worker until nothing is due, what it adds itself included."""
        while await self.is_due():
            await self.work_once()

    async def work_once(self) -> None:
        context = a_context(self.store, wall=self.now, settings=replace(SETTINGS, alarms=(ADMIN,)))
        stopping = asyncio.Event()
        worker = WorkerContext(
            owner=uuid4(), clock=self.now, wall=self.now, stopping=stopping, count_failure=lambda _: None
        )
        outbox = OutboxWorker(
            lane="slack",
            store=self.store,
            dispatcher=Dispatcher(context, {ShowCard: self.show, AlertDead: self.tell}),
            wakeup=self.store.wakeups.outbox["slack"],
            worker=worker,
            count=lambda kind, what: self.counted.append((kind, what)),
            is_ours=lambda: True,
            first_posts=None,
        )
        task = asyncio.create_task(outbox.run())
        async with asyncio.timeout(20):
            while await self.is_due():  # noqa: ASYNC110  # the worker tells nobody
                await asyncio.sleep(0.01)
        stopping.set()
        self.store.wakeups.outbox["slack"].set()
        await task
        await give_back(self.store, owner=worker.owner)


async def test_a_crashing_effect_is_set_aside(store: SqlStore) -> None:
    office = Office(store)
    await office.add(FAULTY)
    for tries in range(1, MOST_CRASHES):
        await office.work()
        [waiting] = await office.rows("waiting")
        assert (waiting.attempts, waiting.fault) == (tries, "a fault in the program; see the log")
        office.at += MAX_DELAY
    await office.add(SOUND)
    await office.work()

    assert office.shown == [SOUND]
    [dead] = await office.rows("dead")
    assert dead.effect == ShowCard(FAULTY)
    assert office.told == [ADMIN]
    assert ("ShowCard", "dead") in office.counted
    told = WORDING.dead_effect_text(dead.effect, dead.fault or "", str(dead.id))
    assert "a fault in the program; see the log. Nothing is tried again by itself" in told
    assert f"`winback effects retry {dead.id}`" in told

    office.mended = True
    assert await retry_dead(store, dead.id, who="cli", now=office.at) == 1
    await office.work()
    assert office.shown == [SOUND, FAULTY]


async def test_a_single_crash_after_an_outage_is_tried_again(store: SqlStore) -> None:
    """Many attempts while Slack was away are no crashes."""
    office = Office(store)
    await office.add(FAULTY)
    owner = uuid4()
    for _ in range(2 * MOST_CRASHES):
        async with store.begin() as unit:
            [row] = await unit.outbox.claim(
                "slack", owner=owner, now=office.at, wall=office.at, lease=MAX_DELAY, limit=1, probing=False
            )
            assert await unit.outbox.later(row.id, owner=owner, retry_at=office.at, fault="Slack could not be reached")
            await unit.commit()
    await office.work()

    assert not await office.rows("dead")
    assert len(await office.rows("waiting")) == 1
