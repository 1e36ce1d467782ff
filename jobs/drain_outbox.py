"""Doing what stands in the outbox: claimed under a lease, performed, and paused lanes tried from time to time."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from flows.effects import Lane, OutboxRow
from flows.failures import Unavailable
from flows.memory import Store
from flows.performing import Performing
from jobs.worker import IDLE, LEASE, Bell, Shift

log = structlog.get_logger(__name__)

BATCH = 5
PROBE_EVERY = timedelta(seconds=5)
"""How often one effect of a paused lane is tried: a credential may have been mended."""


async def drain_outbox(
    *, store: Store, performing: Performing, bell: Bell, shift: Shift, count: Callable[[str, str], None]
) -> None:
    """Work till the shift is over; `count` is told the kind and the outcome of each effect that was settled."""
    probed_at = shift.wall()
    while not shift.over.is_set():
        rows = await _claim(store, shift, limit=BATCH, probed=None)
        if shift.wall() - probed_at >= PROBE_EVERY:
            probed_at = shift.wall()
            for lane in await _paused(store):
                rows += await _claim(store, shift, limit=1, probed=lane)
        if rows:
            await asyncio.gather(*(_perform(row, performing=performing, shift=shift, count=count) for row in rows))
        else:
            await bell.wait(await _rest(store, now=shift.clock(), wall=shift.wall()))


async def _claim(store: Store, shift: Shift, *, limit: int, probed: Lane | None) -> list[OutboxRow]:
    try:
        async with store.begin() as unit:
            rows = await unit.outbox.claim(
                owner=shift.owner,
                now=shift.clock(),
                wall=shift.wall(),
                lease=LEASE,
                limit=limit,
                probed=probed,
            )
            await unit.commit()
    except Unavailable as fault:
        log.warning("outbox_unreadable", fault=fault.why)
        return []
    return rows


async def _paused(store: Store) -> list[Lane]:
    try:
        async with store.read() as unit:
            return list(await unit.outbox.paused())
    except Unavailable:
        return []


async def _rest(store: Store, *, now: datetime, wall: datetime) -> timedelta:
    try:
        async with store.read() as unit:
            due_in = await unit.outbox.next_due(now=now, wall=wall)
    except Unavailable:
        return IDLE
    return IDLE if due_in is None else min(max(due_in, timedelta(milliseconds=1)), IDLE)


async def _perform(row: OutboxRow, *, performing: Performing, shift: Shift, count: Callable[[str, str], None]) -> None:
    kind = type(row.effect).__name__
    with structlog.contextvars.bound_contextvars(effect=str(row.id), event_id=row.cause):
        try:
            outcome = await performing.perform(row, owner=shift.owner, now=shift.clock())
        except Unavailable as away:  # the outcome could not be noted: the lease runs out, and it is looked up then
            log.warning("effect_outcome_not_noted", kind=kind, fault=away.why)
        except Exception:  # the job runner's edge: a fault of ours must stop neither the worker nor the effect
            log.exception("effect_failed", kind=kind, attempts=row.attempts)
            with contextlib.suppress(Unavailable):  # the lease runs out by itself
                await performing.broke(row, owner=shift.owner)
        else:
            if outcome.what == "done":
                log.info("effect_done", kind=kind)
            else:
                log.warning("effect_not_done", kind=kind, what=outcome.what, attempts=row.attempts, fault=outcome.fault)
            if outcome.what != "later":
                count(kind, outcome.what)
