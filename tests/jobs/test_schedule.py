"""Jobs side by side: a slow one delays nobody, one that fails is tried again, and neither ends what runs them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from structlog.testing import capture_logs

from flows.failures import Unavailable
from jobs.schedule import every, run_every, run_schedule
from jobs.ticks import Job
from jobs.worker import WorkerContext
from storage.store import SqlStore

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PATIENCE = 20
FAULTS = [Unavailable("away"), RuntimeError("a fault of ours"), ExceptionGroup("several", [KeyError("x")])]


@dataclass
class Working:
    """A process at work, whose business time is moved by hand."""

    now: datetime = NOON
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    failures: Counter[str] = field(default_factory=Counter)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def worker(self) -> WorkerContext:
        return WorkerContext(
            owner=uuid4(), clock=self.clock, wall=self.clock, stopping=self.stopping, count_failure=self.count_failure
        )

    def clock(self) -> datetime:
        return self.now

    def count_failure(self, job: str) -> None:
        self.failures[job] += 1
        self.changed.set()

    def job(self, name: str, run: Callable[[datetime], Awaitable[None]]) -> Job:
        return Job(name=name, trigger=every(MINUTE), run=run)

    async def until(self, seen: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not seen():
                await self.changed.wait()
                self.changed.clear()

    @asynccontextmanager
    async def scheduling(self, store: SqlStore, jobs: Sequence[Job]) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(run_schedule(store=store, jobs=jobs, worker=self.worker))
            yield
            self.stopping.set()


async def test_a_slow_job_delays_no_other(store: SqlStore) -> None:
    working, let_go = Working(), asyncio.Event()
    slow_at: list[datetime] = []
    quick_at: list[datetime] = []

    async def slow(now: datetime) -> None:
        slow_at.append(now)
        await let_go.wait()

    async def quick(now: datetime) -> None:
        quick_at.append(now)
        working.changed.set()

    async with working.scheduling(store, [working.job("slow", slow), working.job("quick", quick)]):
        for minutes in (0, 1, 2):
            working.now = NOON + minutes * MINUTE
            await working.until(lambda: working.now in quick_at)
        assert slow_at == [NOON], "one job runs once at a time"
        let_go.set()
        await working.until(lambda: True)
    assert quick_at == [NOON, NOON + MINUTE, NOON + 2 * MINUTE]


async def test_what_still_runs_is_waited_for(store: SqlStore) -> None:
    working, begun, let_go = Working(), asyncio.Event(), asyncio.Event()
    ended: list[datetime] = []

    async def slow(now: datetime) -> None:
        begun.set()
        await let_go.wait()
        ended.append(now)

    async with working.scheduling(store, [working.job("slow", slow)]):
        await begun.wait()
        working.stopping.set()
        asyncio.get_running_loop().call_later(0.1, let_go.set)
    assert ended == [NOON]


async def test_failed_job_runs_again(store: SqlStore) -> None:
    working = Working()
    ran: list[tuple[str, datetime]] = []

    def failing(name: str, fault: Exception | None) -> Job:
        async def run(now: datetime) -> None:
            ran.append((name, now))
            working.changed.set()
            if fault is not None:
                raise fault

        return working.job(name, run)

    with capture_logs() as logs:
        jobs = [failing("away", FAULTS[0]), failing("broken", FAULTS[1]), failing("well", None)]
        async with working.scheduling(store, jobs):
            for times in (1, 2):
                await working.until(lambda times=times: len(ran) == 3 * times)  # type: ignore[misc]  # a default, to bind it
                working.now += MINUTE
    assert Counter(ran) == Counter((job.name, NOON + minutes * MINUTE) for job in jobs for minutes in (0, 1))
    assert working.failures == {"away": 2, "broken": 2}
    said = [(entry["job"], entry.get("exc_info", False)) for entry in logs if "job" in entry]
    assert Counter(said) == Counter([("away", False), ("broken", True)] * 2)


async def test_a_look_that_fails_is_tried_again() -> None:
    working, faults = Working(), iter(FAULTS)

    async def look(now: datetime) -> None:
        for fault in faults:
            raise fault
        working.stopping.set()

    every = timedelta(milliseconds=1)
    await asyncio.wait_for(run_every("policy", look, every=every, worker=working.worker), PATIENCE)
    assert working.failures == {"policy": len(FAULTS)}


async def test_the_pulse_comes_from_the_loop_itself(store: SqlStore) -> None:
    """In its debug mode asyncio refuses what another thread does to it: the schedule would stand still."""
    working = Working()
    ran: list[datetime] = []

    async def run(now: datetime) -> None:
        ran.append(now)
        working.changed.set()

    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    try:
        async with working.scheduling(store, [working.job("job", run)]):
            for minutes in (0, 1):
                working.now = NOON + minutes * MINUTE
                await working.until(lambda: working.now in ran)
    finally:
        loop.set_debug(False)
