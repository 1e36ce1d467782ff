"""The workers of the outbox, one for each lane: they claim effects under leases, run them, and probe paused lanes."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog

from flows.effects import Lane, OutboxRow
from flows.failures import Unavailable
from flows.outbox.dispatcher import Dispatcher
from flows.ports.store import Store
from jobs.worker import IDLE, Notifier, WorkerContext

log = structlog.get_logger(__name__)

BATCH = 5
SHORTEST = timedelta(milliseconds=1)
PROBE_EVERY = timedelta(seconds=5)
"""How often one effect of a paused lane is tried: the credential may have been fixed."""


async def drain_outbox(
    lane: Lane,
    *,
    store: Store,
    dispatcher: Dispatcher,
    wakeup: Notifier,
    worker: WorkerContext,
    count: Callable[[str, str], None],
    is_ours: Callable[[], bool],
) -> None:
    """Run the effects of one lane until the process stops. With one worker per lane, slow email delays no card.

    `count` gets the kind and the result of each finished effect; while the lane isn't ours, another process runs it.
    """
    name = f"drain_outbox:{lane}"
    probed_at = worker.wall()
    while not worker.stopping.is_set():
        if not is_ours():
            await wakeup.wait(IDLE)
            continue
        probing = worker.wall() - probed_at >= PROBE_EVERY
        if probing:
            probed_at = worker.wall()
        rows: list[OutboxRow] = []
        rest = IDLE
        with worker.keep_going(name):
            rows, rest = await _claim(lane, store, worker, probing=probing)
        if not rows:
            await wakeup.wait(min(max(rest, SHORTEST), IDLE))
        tasks = (_perform(row, name=name, dispatcher=dispatcher, worker=worker, count=count) for row in rows)
        await asyncio.gather(*tasks)


async def _claim(
    lane: Lane, store: Store, worker: WorkerContext, *, probing: bool
) -> tuple[list[OutboxRow], timedelta]:
    """Claim a few rows; if none is due, return the wait until the next and leave the write lock alone.

    Probing claims one row even if the lane is paused.
    """
    async with store.read() as unit:
        rest = await unit.outbox.next_due(lane, now=worker.clock(), wall=worker.wall(), probing=probing)
    if rest is None or rest > timedelta():
        return [], IDLE if rest is None else rest
    async with store.begin() as unit:
        rows = await unit.outbox.claim(
            lane,
            owner=worker.owner,
            now=worker.clock(),
            wall=worker.wall(),
            lease=worker.leases.of(lane),
            limit=1 if probing else BATCH,
            probing=probing,
        )
        await unit.commit()
    return rows, rest


async def _perform(
    row: OutboxRow, *, name: str, dispatcher: Dispatcher, worker: WorkerContext, count: Callable[[str, str], None]
) -> None:
    kind = type(row.effect).__name__
    with (
        structlog.contextvars.bound_contextvars(effect=str(row.id), event_id=row.cause),
        worker.busy_with(row),
        worker.keep_going(name),  # if an effect can't be released, its lease runs out
    ):
        try:
            outcome = await dispatcher.dispatch(row, owner=worker.owner, now=worker.clock())
        except (
            Unavailable
        ) as away:  # the result could not be stored: the lease runs out, and the next attempt looks it up
            log.warning("effect_result_not_stored", kind=kind, fault=away.why)
        except Exception:  # the job runner's edge: a fault of ours must not stop the worker
            log.exception("effect_failed", kind=kind, attempts=row.attempts)
            outcome = await dispatcher.note_crash(row, owner=worker.owner, now=worker.clock())
            if outcome.what == "dead":
                count(kind, outcome.what)
        else:
            if outcome.what == "done":
                log.info("effect_done", kind=kind)
            else:
                log.warning("effect_not_done", kind=kind, what=outcome.what, attempts=row.attempts, fault=outcome.fault)
            if outcome.what != "later":
                count(kind, outcome.what)
