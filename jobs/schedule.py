"""The schedule: APScheduler pulses once a second, and each pulse runs the jobs that are due by our own clock."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from flows.effects import Priority, at_priority
from flows.ports.store import Store
from jobs.ticks import Job, run_tick
from jobs.worker import WorkerContext

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def every(span: timedelta) -> IntervalTrigger:
    """Return a trigger at multiples of a span since a fixed time, the same in every process."""
    return IntervalTrigger(seconds=int(span.total_seconds()), start_date=EPOCH, timezone=UTC)


async def run_every(
    name: str, look: Callable[[datetime], Awaitable[None]], *, every: timedelta, worker: WorkerContext
) -> None:
    """Run something that each process does for itself, until the process stops."""
    while not worker.stopping.is_set():
        with at_priority(Priority.LATER), worker.keep_going(name):
            await look(worker.clock())
        with suppress(TimeoutError):
            await asyncio.wait_for(worker.stopping.wait(), every.total_seconds())


async def run_schedule(*, store: Store, jobs: Sequence[Job], worker: WorkerContext) -> None:
    """Run the jobs, each in a task of its own, until the process stops; then wait for those still running.

    APScheduler uses the real time, so it only pulses: due times follow `worker.clock`, which the sandbox can move. Its
    job store is not used, as it removes a job before running it.
    """
    pulse = asyncio.Event()

    async def beat() -> None:  # a plain callable would run in a thread, where setting an event is undefined
        pulse.set()

    scheduler = AsyncIOScheduler(timezone=UTC)
    each_second = IntervalTrigger(seconds=1, timezone=UTC)
    scheduler.add_job(beat, each_second, max_instances=1, coalesce=True, misfire_grace_time=None)
    scheduler.start()
    running: dict[str, asyncio.Task[None]] = {}
    try:
        async with asyncio.TaskGroup() as tasks:
            while not worker.stopping.is_set():
                for job in jobs:
                    if job.name not in running or running[job.name].done():
                        running[job.name] = tasks.create_task(run_tick(store, job, worker=worker))
                await pulse.wait()
                pulse.clear()
    finally:
        scheduler.shutdown(wait=False)
