"""The worker of the inbox: it claims events under leases, passes them to their flow and notes their failures."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from flows.events.faults import LONGEST, EventFaults, describe
from flows.events.router import EventRouter
from flows.failures import CALL_FAILURES, DatabaseUnavailable
from flows.outbox.dispatcher import MAX_DELAY
from flows.ports.store import InboxRow, Store
from jobs.worker import IDLE, LEASE, Notifier, WorkerContext

log = structlog.get_logger(__name__)

BATCH = 8
READS_STRIPE = "customer.subscription."


@dataclass(slots=True)
class Steadiness:
    """Remembers since when events have succeeded without a pause as long as the longest wait between two tries."""

    since: datetime | None = None
    last: datetime | None = None

    def note_success(self, at: datetime) -> None:
        """Record that an event succeeded."""
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
    faults: EventFaults
    wakeup: Notifier
    worker: WorkerContext
    count: Callable[[str], None]

    async def run(self) -> None:
        """Work in batches; two events of one subscription never run at once."""
        steady = Steadiness()
        while not self.worker.stopping.is_set():
            rows: list[InboxRow] = []
            with self.worker.keep_going("drain_inbox"):
                rows = await self._claim()
            if not rows:
                await self.wakeup.wait(IDLE)
                continue
            others = steady.has_lasted(LONGEST, at=self.worker.wall())
            done = await asyncio.gather(*(self._work(row, others_succeed=others) for row in rows))
            if any(each and row.event.type.startswith(READS_STRIPE) for each, row in zip(done, rows, strict=True)):
                steady.note_success(self.worker.wall())

    async def _claim(self) -> list[InboxRow]:
        """Claim a few events; without any the write lock is not taken."""
        worker = self.worker
        async with self.store.read() as unit:
            if not await unit.inbox.is_claimable(wall=worker.wall()):
                return []
        async with self.store.begin() as unit:
            rows = await unit.inbox.claim(owner=worker.owner, wall=worker.wall(), lease=LEASE, limit=BATCH)
            await unit.commit()
        return rows

    async def _work(self, row: InboxRow, *, others_succeed: bool) -> bool:
        """Handle one event; return whether that succeeded."""
        event = row.event
        with (
            structlog.contextvars.bound_contextvars(event_id=event.id),
            self.worker.keep_going("drain_inbox"),  # if a failure can't be noted, the lease runs out
        ):
            try:
                return await self._route(row, others_succeed=others_succeed)
            except DatabaseUnavailable:  # it could not be noted
                raise
            except Exception as fault:  # the job runner's edge: a fault of ours must not stop the worker
                log.exception("event_failed", type=event.type, attempts=row.attempts)
                await self._note(row, fault, others_succeed=others_succeed)
        return False

    async def _route(self, row: InboxRow, *, others_succeed: bool) -> bool:
        try:
            await self.router.route(row.event, now=self.worker.clock())
        except CALL_FAILURES as fault:
            await self._note(row, fault, others_succeed=others_succeed)
            return False
        log.info("event_done", type=row.event.type)
        return True

    async def _note(self, row: InboxRow, fault: Exception, *, others_succeed: bool) -> None:
        outcome = await self.faults.note(row, fault, others_succeed=others_succeed, now=self.worker.clock())
        words = {"type": row.event.type, "attempts": row.attempts, "fault": describe(fault)}
        if outcome == "later":
            log.warning("event_put_back", **words)
        elif outcome == "set_aside":
            log.error("event_set_aside", **words)
            self.count(row.event.type)
        else:
            log.warning("event_of_vanished_object", trusted=outcome == "trusted", **words)
