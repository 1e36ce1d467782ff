"""What one cancellation costs: calls to Stripe and statements in the database, from its event to its enriched card.

The way is that of the running bot: the event is claimed and becomes a case, its card is posted, more is read at Stripe,
and the card is edited.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, event

from flows.effects import Lane
from flows.events.skip_routine import RoutineUpdates
from flows.outbox.first_posts import FirstPosts
from jobs.drain_inbox import InboxWorker
from jobs.drain_outbox import OutboxWorker
from jobs.worker import IDLE, WorkerContext
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json
from storage.database.engine import ALONE
from storage.queues.announcements import Wakeup
from storage.store import SqlStore
from tests.flows.cancellations.board import readable
from tests.flows.cancellations.conftest import Scene
from tests.flows.cancellations.harness import LANES, CaseHarness

PATIENCE = 60
MOST_CALLS = 4
MOST_STATEMENTS = 55


class SignalOnly:
    """A notifier that wakes no idle worker without a signal: what is asked again and again is not counted."""

    def __init__(self, wakeup: Wakeup) -> None:
        self._wakeup = wakeup

    async def wait(self, timeout: timedelta) -> bool:  # noqa: ASYNC109  # the port's
        return await self._wakeup.wait(timeout if timeout < IDLE else timedelta(seconds=PATIENCE))


def is_alone(connection: Connection) -> bool:
    """Return whether each statement is a transaction of its own."""
    options = connection.get_execution_options()
    return bool(options.get(ALONE)) or options.get("isolation_level") == "AUTOCOMMIT"


@contextmanager
def counted(store: SqlStore) -> Iterator[list[str]]:
    """Collect the statements that a store sends, those that begin and end transactions among them."""
    sent: list[str] = []
    engine = store._engine.sync_engine

    def execute(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    def begin(connection: Connection) -> None:
        if not is_alone(connection) and engine.dialect.name != "sqlite":  # there it is a statement
            sent.append("BEGIN")

    def commit(connection: Connection) -> None:
        if not is_alone(connection):
            sent.append("COMMIT")

    def roll_back(connection: Connection) -> None:
        if not is_alone(connection):
            sent.append("ROLLBACK")

    hooks: dict[str, Callable[..., None]] = {
        "before_cursor_execute": execute,
        "commit": commit,
        "rollback": roll_back,
        "begin": begin,
    }
    for name, hook in hooks.items():
        event.listen(engine, name, hook)
    yield sent
    for name, hook in hooks.items():
        event.remove(engine, name, hook)


@asynccontextmanager
async def workers(scene: Scene) -> AsyncIterator[None]:
    """Run all workers of the bot."""
    harness = scene.any_order
    stopping = asyncio.Event()
    began = time.monotonic()

    def wall() -> datetime:
        """Return the time, which goes on: what is posted next is looked for a few times a second only."""
        return scene.now() + timedelta(seconds=time.monotonic() - began)

    worker = WorkerContext(owner=uuid4(), clock=scene.now, wall=wall, stopping=stopping, count_failure=lambda _: None)
    store, flows = harness.store, harness.flows

    def outbox(lane: Lane) -> OutboxWorker:
        return OutboxWorker(
            lane=lane,
            store=store,
            dispatcher=flows.dispatcher,
            wakeup=SignalOnly(store.wakeups.outbox[lane]),
            worker=worker,
            count=lambda *_: None,
            is_ours=lambda: True,
            first_posts=FirstPosts(flows.context) if lane == "slack" else None,
        )

    inbox = InboxWorker(
        store=store,
        router=flows.event_router,
        routine_updates=RoutineUpdates(flows.context),
        faults=flows.event_faults,
        wakeup=SignalOnly(store.wakeups.inbox),
        worker=worker,
        count=lambda _: None,
    )
    tasks = [asyncio.create_task(each) for each in (inbox.run(), *(outbox(lane).run() for lane in LANES))]
    yield
    stopping.set()
    for wakeup in (store.wakeups.inbox, *store.wakeups.outbox.values()):
        wakeup.set()
    await asyncio.gather(*tasks)


async def test_cancellation_costs_few_calls_and_statements(scene: Scene) -> None:
    """It takes about 46 statements on SQLite and 49 on PostgreSQL; workers may look for work once more meanwhile."""
    life = await scene.begin()
    harness, account = scene.any_order, scene.account
    other = account.create_customer(name="Somebody else", email="somebody@else-mail.com")
    account.cards.attach(other)
    before, subscription = (account.subscribe(each, life.prices[0]) for each in (other, life.customers[0]))
    for each in list(account.webhooks.held):
        await harness.route(each)
    scene.clock.advance(timedelta(days=3))
    async with workers(scene):
        await harness.receive(cancellation(account, before))  # the record of who did what has begun
        await shown(harness, cards=1)
        calls = scene.calls
        with counted(harness.store) as sent:
            await harness.receive(cancellation(account, subscription))
            await shown(harness, cards=2)
    assert scene.calls - calls == MOST_CALLS
    assert len(sent) <= MOST_STATEMENTS, "\n".join(sent)


def cancellation(account: Account, subscription: Json) -> Json:
    """Cancel a subscription in the portal, and return the event."""
    account.portal_cancel(subscription, "unused")
    *_, cancelled = (each for each in account.webhooks.held if each["type"] == "customer.subscription.updated")
    return cancelled


async def shown(harness: CaseHarness, *, cards: int) -> None:
    """Wait until so many cards show what was paid."""
    async with asyncio.timeout(PATIENCE):
        while words(harness).count("paid so far") < cards:  # noqa: ASYNC110  # the board tells nobody
            await asyncio.sleep(0.01)


def words(harness: CaseHarness) -> str:
    """Return all that is on the board."""
    return "\n".join(readable(harness.board.cards.values()))
