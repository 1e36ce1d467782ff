"""The worker of the inbox: it claims events under leases, passes them to their flow and retries failures."""

import asyncio

import structlog

from flows.events.router import EventRouter
from flows.failures import CALL_FAILURES, Refused
from flows.outbox.dispatcher import retry_delay
from flows.ports.store import InboxRow, Store
from jobs.worker import IDLE, LEASE, Notifier, WorkerContext

log = structlog.get_logger(__name__)

BATCH = 8


async def drain_inbox(*, store: Store, event_router: EventRouter, wakeup: Notifier, worker: WorkerContext) -> None:
    """Handle events until the process stops; two of one subscription never run at once."""
    while not worker.stopping.is_set():
        rows: list[InboxRow] = []
        with worker.keep_going("drain_inbox"):
            rows = await _claim(store, worker)
        if not rows:
            await wakeup.wait(IDLE)
        tasks = (_work(row, store=store, event_router=event_router, worker=worker) for row in rows)
        await asyncio.gather(*tasks)


async def _claim(store: Store, worker: WorkerContext) -> list[InboxRow]:
    """Claim a few events; without any the write lock is not taken."""
    async with store.read() as unit:
        if not await unit.inbox.is_claimable(wall=worker.wall()):
            return []
    async with store.begin() as unit:
        rows = await unit.inbox.claim(owner=worker.owner, wall=worker.wall(), lease=LEASE, limit=BATCH)
        await unit.commit()
    return rows


async def _work(row: InboxRow, *, store: Store, event_router: EventRouter, worker: WorkerContext) -> None:
    event = row.event
    with (
        structlog.contextvars.bound_contextvars(event_id=event.id),
        worker.keep_going("drain_inbox"),  # if an event can't be put back, its lease runs out
    ):
        try:
            await event_router.route(event, now=worker.clock())
        except CALL_FAILURES as fault:
            log.warning("event_put_back", type=event.type, attempts=row.attempts, fault=fault.why)
            await _put_back(row, fault.why, store=store, worker=worker, credential=_is_credential(fault))
        except Exception:  # the job runner's edge: a fault of ours must not stop the worker
            log.exception("event_failed", type=event.type, attempts=row.attempts)
            await _put_back(row, "a fault in the program; see the log", store=store, worker=worker, credential=False)
        else:
            log.info("event_done", type=event.type)


def _is_credential(fault: Exception) -> bool:
    return isinstance(fault, Refused) and fault.fault == "credential"


async def _put_back(row: InboxRow, fault: str, *, store: Store, worker: WorkerContext, credential: bool) -> None:
    async with store.begin() as unit:
        await unit.inbox.retry(row.event.id, at=worker.wall() + retry_delay(row.attempts), fault=fault)
        if credential:
            await unit.outbox.pause("stripe", at=worker.clock(), why=fault)
        await unit.commit()
