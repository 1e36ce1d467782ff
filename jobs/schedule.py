"""The pulse: APScheduler beats once a second, and each beat asks what is due by our own clock."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from flows.failures import CALL_FAILURES
from flows.ports.store import Store
from jobs.ticks import Job, run_tick
from jobs.worker import WorkerContext

log = structlog.get_logger(__name__)

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def every(span: timedelta) -> IntervalTrigger:
    """Fire at multiples of a span since a fixed moment, the same in every process."""
    return IntervalTrigger(seconds=int(span.total_seconds()), start_date=EPOCH, timezone=UTC)


async def keep_looking(look: Callable[[datetime], Awaitable[None]], *, every: timedelta, shift: WorkerContext) -> None:
    """Look at something that each process keeps for itself, till the shift is over; what fails is logged."""
    while not shift.over.is_set():
        try:
            await look(shift.clock())
        except CALL_FAILURES as fault:
            log.warning("look_failed", fault=fault.why)
        with suppress(TimeoutError):
            await asyncio.wait_for(shift.over.wait(), every.total_seconds())


async def run_schedule(*, store: Store, jobs: Sequence[Job], shift: WorkerContext) -> None:
    """Run the jobs till the shift is over.

    APScheduler reads the real time by itself, so it only pulses: due times follow `shift.clock`, which the sandbox
    can move. Its job store is not used, since it drops a job before running it.
    """
    pulse = asyncio.Event()
    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.add_job(pulse.set, IntervalTrigger(seconds=1, timezone=UTC), max_instances=1, coalesce=True)
    scheduler.start()
    try:
        while not shift.over.is_set():
            for job in jobs:
                await run_tick(store, job, now=shift.clock())
            await pulse.wait()
            pulse.clear()
    finally:
        scheduler.shutdown(wait=False)
