"""The inbox's worker: what goes wrong while a failure is noted does not keep an event for ever."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from flows.events.faults import LONGEST
from flows.events.skip_routine import RoutineUpdates
from jobs.drain_inbox import InboxWorker
from jobs.worker import WorkerContext
from sandbox.server import Sandbox
from storage import tables
from storage.store import SqlStore
from tests.flows.events.harness import EventHarness, event_harness

PATIENCE = 20


@pytest.fixture
async def harness(store: SqlStore, sandbox: Sandbox) -> AsyncIterator[EventHarness]:
    async with event_harness(store, sandbox) as opened:
        yield opened


@asynccontextmanager
async def working(harness: EventHarness) -> AsyncIterator[list[str]]:
    """Run the worker; yield the types of the events that it sets aside."""
    stopping, aside = asyncio.Event(), list[str]()
    worker = InboxWorker(
        store=harness.store,
        router=harness.flows.event_router,
        routine_updates=RoutineUpdates(harness.flows.context),
        faults=harness.flows.event_faults,
        wakeup=harness.store.wakeups.inbox,
        worker=WorkerContext(
            owner=uuid4(), clock=harness.now, wall=harness.now, stopping=stopping, count_failure=lambda _: None
        ),
        count=aside.append,
    )
    task = asyncio.create_task(worker.run())
    try:
        yield aside
    finally:
        stopping.set()
        await task


async def until(seen: Callable[[], Awaitable[object]]) -> None:
    """Wait till something is seen in the database, which tells nobody by itself."""
    async with asyncio.timeout(PATIENCE):
        while not await seen():  # noqa: ASYNC110  # the worker tells nobody
            await asyncio.sleep(0.05)


async def fault_noted(harness: EventHarness) -> bool:
    """Return whether the newest event was tried in vain."""
    newest = select(tables.inbox.c.fault).order_by(tables.inbox.c.number.desc()).limit(1)
    async with harness.store._engine.connect() as connection:
        return bool(await connection.scalar(newest))


async def nothing_waits(harness: EventHarness) -> bool:
    return not await harness.waiting()


async def test_event_that_cannot_be_trusted_either_is_set_aside(harness: EventHarness) -> None:
    """Stripe no longer knows its subscription, and what is stored of that is damaged."""
    subscription = harness.subscribe()
    await harness.receive(harness.stripe.webhooks.held[-1])
    assert await harness.work() == "done"
    harness.pass_time(timedelta(minutes=1))
    harness.stripe.cancel_now(subscription)
    ended = harness.stripe.webhooks.held[-1]
    harness.forget(subscription)
    async with harness.store._engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE subscriptions SET facts = '{'")
    await harness.receive(ended)

    async with working(harness) as aside:
        await until(lambda: fault_noted(harness))
        harness.pass_time(LONGEST)
        await until(harness.aside)
        harness.subscribe("somebody@else-mail.com")
        await harness.receive(harness.stripe.webhooks.held[-1])
        await until(lambda: nothing_waits(harness))
    assert aside == ["customer.subscription.deleted"]
    assert await harness.aside() == 1
