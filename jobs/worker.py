"""What all workers share: the owner of their leases, two clocks, and the signal to stop."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, TypeVar
from uuid import UUID

import structlog

from domain.ids import EffectId, EventId
from flows.effects import Lane, OutboxRow
from flows.failures import CALL_FAILURES
from flows.ports import Clock
from flows.ports.store import InboxRow, Store

Item = TypeVar("Item")

log = structlog.get_logger(__name__)

IDLE = timedelta(seconds=1)
"""How long a worker waits at most: due times pass, and clocks are moved, without a signal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leases:
    """How long work that was claimed stays claimed (wall time): three of the longest wait for an answer.

    A running process renews its leases, so only a dead or stopped one loses work to another.
    """

    calls: timedelta
    emails: timedelta

    def of(self, lane: Lane) -> timedelta:
        """Return the lease of a lane of the outbox."""
        return self.emails if lane == "mail" else self.calls


LEASES = Leases(calls=timedelta(seconds=30), emails=timedelta(seconds=90))


class Notifier(Protocol):
    """Signals that something was committed for a worker of this process."""

    async def wait(self, timeout: timedelta) -> bool:  # noqa: ASYNC109  # a wait that ends by itself is the point
        """Wait for the signal, at most `timeout`."""


async def wait_for_work(wakeup: Notifier, running: Iterable[asyncio.Task[None]], *, at_most: timedelta) -> None:
    """Wait until a slot is free or something was committed, but no longer than nothing may pass unseen."""
    news = asyncio.ensure_future(wakeup.wait(at_most))
    try:
        await asyncio.wait({news, *running}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        news.cancel()


@dataclass(slots=True)
class Rush:
    """Whether more new cancellations wait than are handled at once. What may wait leaves them the processor."""

    is_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """What the workers of one process share: `owner` of their `leases`; once `stopping` is set, nothing new begins.

    `count_failure` counts a failed run, by the name of its job. `events` and `effects` are being worked on.
    """

    owner: UUID
    clock: Clock
    wall: Clock
    stopping: asyncio.Event
    count_failure: Callable[[str], None]
    leases: Leases = LEASES
    rush: Rush = field(default_factory=Rush)
    events: set[EventId] = field(default_factory=set)
    effects: set[EffectId] = field(default_factory=set)

    @contextmanager
    def busy_with(self, row: InboxRow | OutboxRow) -> Iterator[None]:
        """Have the lease of a row renewed while it is worked on; one that is left running by mistake ends."""
        with _in_set(self.events, row.event.id) if isinstance(row, InboxRow) else _in_set(self.effects, row.id):
            yield

    @contextmanager
    def keep_going(self, job: str) -> Iterator[None]:
        """Log and count a fault instead of ending the process; the next run tries again."""
        try:
            yield
        except CALL_FAILURES as fault:
            log.warning("job_failed", job=job, fault=fault.why)
            self.count_failure(job)
        except Exception:  # the job runner's edge: a fault of ours must not stop other jobs
            log.exception("job_crashed", job=job)
            self.count_failure(job)


async def renew_leases(store: Store, worker: WorkerContext) -> None:
    """Extend the leases of what a process is working on, so that nobody else does it as well, however long it takes.

    An idle process asks the database for nothing.
    """
    if not worker.events and not worker.effects:
        return
    owner, until = worker.owner, worker.wall() + worker.leases.calls
    async with store.begin() as unit:
        if worker.events:
            await unit.inbox.renew(worker.events, owner=owner, until=until)
        if worker.effects:
            await unit.outbox.renew(worker.effects, owner=owner, until=until)
        await unit.commit()


@contextmanager
def _in_set(items: set[Item], item: Item) -> Iterator[None]:
    items.add(item)
    try:
        yield
    finally:
        items.discard(item)
