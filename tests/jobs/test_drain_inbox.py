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
from tests.builders.stripe import stripe_billing
from tests.flows.events.test_faults import Desk

PATIENCE = 20


@pytest.fixture
async def desk(store: SqlStore, sandbox: Sandbox) -> AsyncIterator[Desk]:
    billing = stripe_billing(sandbox)
    desk = Desk(store, billing, sandbox)
    await desk.flows.event_poller.begin(now=desk.now())
    yield desk
    await billing.close()


@asynccontextmanager
async def working(desk: Desk) -> AsyncIterator[list[str]]:
    """Run the worker; yield the types of the events that it sets aside."""
    stopping, aside = asyncio.Event(), list[str]()
    worker = InboxWorker(
        store=desk.store,
        router=desk.flows.event_router,
        routine_updates=RoutineUpdates(desk.flows.context),
        faults=desk.flows.event_faults,
        wakeup=desk.store.wakeups.inbox,
        worker=WorkerContext(
            owner=uuid4(), clock=desk.now, wall=desk.now, stopping=stopping, count_failure=lambda _: None
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


async def fault_noted(desk: Desk) -> bool:
    """Return whether the newest event was tried in vain."""
    newest = select(tables.inbox.c.fault).order_by(tables.inbox.c.number.desc()).limit(1)
    async with desk.store._engine.connect() as connection:
        return bool(await connection.scalar(newest))


async def nothing_waits(desk: Desk) -> bool:
    return not await desk.waiting()


async def test_event_that_cannot_be_trusted_either_is_set_aside(desk: Desk) -> None:
    """Stripe no longer knows its subscription, and what is stored of that is damaged."""
    subscription = desk.subscribe()
    await desk.receive(desk.stripe.webhooks.held[-1])
    assert await desk.work() == "done"
    desk.pass_time(timedelta(minutes=1))
    desk.stripe.cancel_now(subscription)
    ended = desk.stripe.webhooks.held[-1]
    desk.forget(subscription)
    async with desk.store._engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE subscriptions SET facts = '{'")
    await desk.receive(ended)

    async with working(desk) as aside:
        await until(lambda: fault_noted(desk))
        desk.pass_time(LONGEST)
        await until(desk.aside)
        desk.subscribe("somebody@else-mail.com")
        await desk.receive(desk.stripe.webhooks.held[-1])
        await until(lambda: nothing_waits(desk))
    assert aside == ["customer.subscription.deleted"]
    assert await desk.aside() == 1
