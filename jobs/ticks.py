"""Ticks of scheduled jobs: each runs in one process only, and missed ticks count as one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from apscheduler.triggers.base import BaseTrigger

from flows.effects import Priority, at_priority
from flows.ports.store import Store
from jobs.worker import WorkerContext

KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A scheduled job; `run` gets the business time."""

    name: str
    trigger: BaseTrigger
    run: Callable[[datetime], Awaitable[object]]


async def claim_tick(store: Store, job: Job, *, now: datetime) -> bool:
    """Claim a job's due tick; False: none is due, or another process has it.

    A job that never ran is due at once. Whether a tick is due is read first, without the write lock. The claim is a
    unique row for the tick's time, so exactly one process wins.
    """
    mark = f"tick:{job.name}"
    async with store.read() as unit:
        last = await unit.checkpoints.get(mark)
    due = now if last is None else job.trigger.get_next_fire_time(last, last + timedelta(microseconds=1))
    if due is None or due > now:
        return False
    async with store.begin() as unit:
        if not await unit.checkpoints.first_sight(f"{mark}:{last.isoformat() if last else 'first'}", at=now, keep=KEPT):
            return False
        await unit.checkpoints.set(mark, now)
        await unit.commit()
    return True


async def run_tick(store: Store, job: Job, *, worker: WorkerContext) -> None:
    """Run a job if its tick is due and ours; a failed one runs again at the next tick."""
    with at_priority(Priority.LATER), worker.keep_going(job.name):
        now = worker.clock()
        if await claim_tick(store, job, now=now):
            await job.run(now)
