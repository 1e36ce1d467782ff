"""Scheduled ticks on both databases: each runs once, and those missed meanwhile collapse into one."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from jobs.schedule import every, run_schedule
from jobs.ticks import Job, claim_tick, run_tick
from jobs.worker import WorkerContext
from storage.store import SqlStore
from tests.databases import KEYRING

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Ran:
    """A job that notes when it ran."""

    def __init__(self) -> None:
        self.at: list[datetime] = []
        self.job = Job(name="count", trigger=every(MINUTE), run=self.run)

    async def run(self, now: datetime) -> None:
        self.at.append(now)


def shift_at(clock: Callable[[], datetime], *, stopping: asyncio.Event) -> WorkerContext:
    return WorkerContext(owner=uuid4(), clock=clock, wall=clock, stopping=stopping, count_failure=pytest.fail)


async def tick(store: SqlStore, job: Job, at: datetime) -> None:
    await run_tick(store, job, worker=shift_at(lambda: at, stopping=asyncio.Event()))


async def test_new_job_runs_at_once(store: SqlStore) -> None:
    ran = Ran()
    for seconds in (0, 1, 59, 60, 61, 119, 120):
        await tick(store, ran.job, NOON + timedelta(seconds=seconds))
    assert ran.at == [NOON, NOON + MINUTE, NOON + 2 * MINUTE]


async def test_missed_ticks_run_once(store: SqlStore) -> None:
    ran = Ran()
    await tick(store, ran.job, NOON)
    for seconds in (0, 1, 2):
        await tick(store, ran.job, NOON + timedelta(days=30, seconds=seconds))
    assert ran.at == [NOON, NOON + timedelta(days=30)]


async def test_of_many_that_claim_a_tick_one_gets_it(store: SqlStore) -> None:
    job = Ran().job
    first = await asyncio.gather(*(claim_tick(store, job, now=NOON) for _ in range(8)))
    second = await asyncio.gather(*(claim_tick(store, job, now=NOON + MINUTE) for _ in range(8)))
    assert (first.count(True), second.count(True)) == (1, 1)


class Watched:
    """Business time for several processes; it is moved once each of them has handled all it saw at a moment."""

    def __init__(self, *, readers: int) -> None:
        self._readers = readers
        self._moment = NOON
        self._reads: Counter[int] = Counter()
        self._seen = asyncio.Event()

    def of(self, reader: int) -> Callable[[], datetime]:
        """Return a clock for one process: its second look comes after it has done what was due at the first."""

        def clock() -> datetime:
            self._reads[reader] += 1
            if len(self._reads) == self._readers and min(self._reads.values()) > 1:
                self._seen.set()
            return self._moment

        return clock

    async def until(self, moment: datetime) -> None:
        await self._seen.wait()
        self._moment = moment
        self._reads.clear()
        self._seen.clear()


async def test_each_tick_runs_once(postgres_url: str) -> None:
    """Each has a store of its own, as three processes have; of thirty ticks missed meanwhile they run one."""
    ran, time, stopping = Ran(), Watched(readers=3), asyncio.Event()
    stores = [SqlStore(postgres_url, keyring=KEYRING, new_id=uuid4) for _ in range(3)]
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        for number, store in enumerate(stores):
            worker = shift_at(time.of(number), stopping=stopping)
            tasks.create_task(run_schedule(store=store, jobs=[ran.job], worker=worker))
        for minutes in (1, 31, 31):
            await time.until(NOON + minutes * MINUTE)
        stopping.set()
    for store in stores:
        await store.close()
    assert ran.at == [NOON, NOON + MINUTE, NOON + 31 * MINUTE]
