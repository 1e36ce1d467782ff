"""The worker of the inbox: it claims events under leases, passes them to their flow and notes their failures.

Routine updates are looked at in sets, and most are finished there. Every other event has a slot of its own: one slow
call holds nobody else's.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from flows.effects import Priority, at_priority
from flows.events.faults import LONGEST, EventFaults, describe
from flows.events.router import EventRouter
from flows.events.skip_routine import RoutineUpdates
from flows.failures import CALL_FAILURES, DatabaseUnavailable
from flows.outbox.dispatcher import MAX_DELAY
from flows.ports.store import InboxRow, Store, Urgency
from jobs.worker import IDLE, Notifier, WorkerContext, wait_for_work

log = structlog.get_logger(__name__)

SLOTS = 16
"""How many events are handled at once: most of their time they wait for Stripe's answers."""
SET = 80
"""How many urgent events are claimed at once, some of them in reserve: each commit of a claim waits for the disk."""
KEPT_FREE = 10
"""Slots that only what may be about a cancellation takes: it never waits for the reads of renewals."""
READS_STRIPE = "customer.subscription."


@dataclass(slots=True)
class Steadiness:
    """Remembers since when events have succeeded without a pause as long as the longest wait between two tries."""

    since: datetime | None = None
    last: datetime | None = None

    def extend(self, at: datetime) -> None:
        """Count the time up to an event that succeeded."""
        if self.since is None or self.last is None or at - self.last > MAX_DELAY:
            self.since = at
        self.last = at

    def has_lasted(self, span: timedelta, *, at: datetime) -> bool:
        """Return whether events have succeeded for so long, and still do."""
        if self.since is None or self.last is None or at - self.last > MAX_DELAY:
            return False
        return at - self.since >= span


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxWorker:
    """Handles events until the process stops; `count` gets the type of each that is set aside."""

    store: Store
    router: EventRouter
    routine_updates: RoutineUpdates
    faults: EventFaults
    wakeup: Notifier
    worker: WorkerContext
    count: Callable[[str], None]

    async def run(self) -> None:
        """Fill the slots as they become free; two events of one subscription never run at once."""
        steady = Steadiness()
        running: set[asyncio.Task[None]] = set()
        first, later = deque[InboxRow](), deque[InboxRow]()
        async with asyncio.TaskGroup() as slots:
            while not self.worker.stopping.is_set():
                is_more = False
                if not first:
                    with self.worker.keep_going("drain_inbox"):
                        is_more = await self._fetch(first, later, spare=SLOTS - len(running))
                while (row := _next(first, later, spare=SLOTS - len(running))) is not None:
                    task = slots.create_task(self._work(row, steady))
                    running.add(task)
                    task.add_done_callback(running.discard)
                self.worker.rush.is_on = bool(first)
                if not is_more:
                    await wait_for_work(self.wakeup, running, at_most=IDLE)

    async def _fetch(self, first: deque[InboxRow], later: deque[InboxRow], *, spare: int) -> bool:
        """Look at routine updates, and claim what the spare slots can take, some in reserve; return if more waits."""
        async with self.store.look() as unit:
            waiting = await unit.inbox.waiting(wall=self.worker.wall())
        looked_at = await self._look_at_routine_updates() if Urgency.ROUTINE in waiting else 0
        claimed = list[InboxRow]()
        if Urgency.FIRST in waiting and spare:
            first.extend(await self._claim(up_to=Urgency.FIRST, most=SET))
        if Urgency.LATER in waiting and spare > KEPT_FREE and not first and not later:
            claimed = await self._claim(up_to=Urgency.LATER, most=SLOTS - KEPT_FREE)
            first.extend(row for row in claimed if not row.event.routine)  # it came this very moment
            later.extend(row for row in claimed if row.event.routine)
        return looked_at > 0 or len(claimed) == SLOTS - KEPT_FREE

    async def _look_at_routine_updates(self) -> int:
        try:
            return await self.routine_updates.look(wall=self.worker.wall())
        except CALL_FAILURES:
            raise
        except Exception:  # the job runner's edge: what can't be looked at with others is read by itself
            log.exception("routine_updates_failed")
            await self.routine_updates.have_all_read(wall=self.worker.wall())
            return 0

    async def _claim(self, *, up_to: Urgency, most: int) -> list[InboxRow]:
        worker = self.worker
        async with self.store.claim() as unit:
            rows = await unit.inbox.claim(
                owner=worker.owner, wall=worker.wall(), lease=worker.leases.calls, limit=most, up_to=up_to
            )
            await unit.commit()
        worker.events.update(row.event.id for row in rows)  # those in reserve keep their leases, too
        return rows

    async def _work(self, row: InboxRow, steady: Steadiness) -> None:
        """Handle one event."""
        event, others_succeed = row.event, steady.has_lasted(LONGEST, at=self.worker.wall())
        with (
            structlog.contextvars.bound_contextvars(event_id=event.id),
            at_priority(Priority.LATER if event.routine else Priority.NEW_CARD),
            self.worker.busy_with(row),
            self.worker.keep_going("drain_inbox"),  # if a failure can't be noted, the lease runs out
        ):
            try:
                succeeded = await self._route(row, others_succeed=others_succeed)
            except DatabaseUnavailable:  # it could not be noted
                raise
            except Exception as fault:  # the job runner's edge: a fault of ours must not stop the worker
                log.exception("event_failed", type=event.type, attempts=row.attempts)
                await self._record(row, fault, others_succeed=others_succeed)
            else:
                if succeeded and event.type.startswith(READS_STRIPE):
                    steady.extend(self.worker.wall())

    async def _route(self, row: InboxRow, *, others_succeed: bool) -> bool:
        try:
            await self.router.route(row.event, now=self.worker.clock())
        except CALL_FAILURES as fault:
            await self._record(row, fault, others_succeed=others_succeed)
            return False
        log.info("event_done", type=row.event.type)
        return True

    async def _record(self, row: InboxRow, fault: Exception, *, others_succeed: bool) -> None:
        outcome = await self.faults.record(row, fault, others_succeed=others_succeed, now=self.worker.clock())
        words = {"type": row.event.type, "attempts": row.attempts, "fault": describe(fault)}
        if outcome == "later":
            log.warning("event_put_back", **words)
        elif outcome == "set_aside":
            log.error("event_set_aside", **words)
            self.count(row.event.type)
        else:
            log.warning("event_object_gone", trusted=outcome == "trusted", **words)


def _next(first: deque[InboxRow], later: deque[InboxRow], *, spare: int) -> InboxRow | None:
    """Take the event that the next slot is for; None: it stays free."""
    if first:
        return first.popleft() if spare else None
    return later.popleft() if later and spare > KEPT_FREE else None
