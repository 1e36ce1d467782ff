"""The flows on one database, worked by hand, with Stripe's side of a sandbox behind them and a board before them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import uuid4

from sqlalchemy import select

from billing.stripe_billing import StripeBilling
from billing.webhook import StripeWebhooks
from bot.assembly.flows import Flows
from bot.policy import built_in, read_policy
from bot.slack.client import slack_client
from bot.slack.directory import SlackDirectory
from domain.ids import SubscriptionId
from flows.effects import Lane, OutboxRow
from flows.events.router import EVENT_TYPES
from flows.events.skip_routine import RoutineUpdates
from flows.failures import CALL_FAILURES
from flows.ports import Clock, SubscriptionReading
from flows.winback.policy.active_policy import ActivePolicy
from sandbox.stripe.ledger import Json
from sandbox.stripe.webhooks import as_json, sign
from storage import tables
from storage.store import SqlStore
from tests.builders.context import SETTINGS, a_context
from tests.flows.cancellations.board import Board

SECRET = "whsec_of_the_flows_tests"
REASON_WAIT = timedelta(seconds=10)
POLICY = read_policy(built_in(), zone=None, internal_domains=frozenset()).policy
MOST_ATTEMPTS = 10
MOST_ROWS = 10_000
EMPTY = ";".join(f"DELETE FROM {table.name}" for table in reversed(tables.metadata.sorted_tables))
"""All tables emptied in one go: one by one they are a seventh of all statements."""
LEASE = timedelta(seconds=90)
LANES: tuple[Lane, ...] = get_args(Lane)


class InterruptedBilling(StripeBilling):
    """Stripe, where `meanwhile` happens once between the next answer and its use."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def read_subscription(self, subscription_id: SubscriptionId) -> SubscriptionReading:
        reading = await super().read_subscription(subscription_id)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return reading


class CaseHarness:
    """Takes events in, works them off and does what they ask for, when it is told to."""

    def __init__(self, store: SqlStore, *, url: str, key: str, clock: Clock) -> None:
        self.store = store
        self.board = Board()
        self.clock = clock
        self.billing = InterruptedBilling(
            api_key=key,
            url=url,
            configuration=None,
            event_types=EVENT_TYPES,
            timeout=timedelta(seconds=10),
            calls_per_second=1000,
            clock=clock,
        )
        self._webhooks = StripeWebhooks(secrets=[SECRET])
        nobody = slack_client(token="xoxb-nobody", base_url="http://127.0.0.1:9/")
        self.flows = Flows(
            a_context(
                store,
                billing=self.billing,
                webhooks=self._webhooks,
                chat=self.board,
                directory=SlackDirectory(nobody, team_id="T0", members={}, wall=clock),
                wall=clock,
                settings=replace(SETTINGS, reason_wait=REASON_WAIT, alarms=("C0ALARM001",), approvals=None),
            ),
            ActivePolicy(store, POLICY, read=lambda: POLICY),
        )

    async def open(self) -> None:
        """Begin again with an empty database, at the clock's moment."""
        async with self.store._engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await (driver.executescript if connection.dialect.name == "sqlite" else driver.execute)(EMPTY)
            await driver.commit()
        self.board.cards.clear()
        self.board.replies.clear()
        self.billing.meanwhile = None
        await self.flows.event_poller.begin(now=self.clock())

    async def receive(self, event: Json) -> None:
        """Take a signed event in; nothing of it is handled yet."""
        body, now = as_json(event), self.clock()
        await self.flows.event_receiver.receive(body, sign(body, SECRET, int(now.timestamp())), now=now, wall=now)

    async def route(self, snapshot: Json) -> None:
        """Work an event off at once, as a worker would that holds it."""
        body, now = as_json(snapshot), self.clock()
        event = self._webhooks.verify(body, sign(body, SECRET, int(now.timestamp())), wall=now)
        await self.flows.event_router.route(event, now=now)

    async def work(self) -> int:
        """Work off all that was taken in; what fails is put back and tried again at once."""
        worked, owner = 0, uuid4()
        while True:
            while looked_at := await RoutineUpdates(self.flows.context).look(wall=self.clock()):
                worked += looked_at
            async with self.store.begin() as unit:
                rows = await unit.inbox.claim(owner=owner, wall=self.clock(), lease=LEASE, limit=8)
                await unit.commit()
            if not rows:
                return worked
            for row in rows:
                worked += 1
                try:
                    await self.flows.event_router.route(row.event, now=self.clock())
                except CALL_FAILURES as fault:
                    if row.attempts > MOST_ATTEMPTS:
                        raise
                    async with self.store.begin() as unit:
                        now = self.clock()
                        await unit.inbox.retry(row.event.id, at=now, fault=str(fault), failing_since=now)
                        await unit.commit()

    async def perform(self) -> int:
        """Do all that is asked for and due."""
        done, owner = 0, uuid4()
        while True:
            rows: list[OutboxRow] = []
            if not (lanes := await self._lanes_with_work()):
                return done
            async with self.store.begin() as unit:
                for lane in lanes:
                    rows += await unit.outbox.claim(
                        lane, owner=owner, now=self.clock(), wall=self.clock(), lease=LEASE, limit=8, probing=False
                    )
                await unit.commit()
            if not rows:
                return done
            for row in rows:
                done += 1
                await self.flows.dispatcher.dispatch(row, owner=owner, now=self.clock())

    async def prune(self) -> None:
        """Prune all that is finished, as if it had been for years."""
        later = self.clock() + timedelta(days=365)
        async with self.store.begin() as unit:
            await unit.inbox.drop_payloads(await unit.inbox.finished(received_before=later, limit=MOST_ROWS))
            await unit.inbox.forget(await unit.inbox.forgettable(created_before=later, limit=MOST_ROWS))
            await unit.outbox.prune(await unit.outbox.prunable(due_before=later, limit=MOST_ROWS))
            await unit.commit()

    async def _lanes_with_work(self) -> list[Lane]:
        """Return where a look is worth it: there are many, and a claim writes."""
        row = tables.outbox.c
        due = select(row.lane).where(row.state.in_(("waiting", "running")), row.due_at <= self.clock())
        async with self.store.read() as unit:
            found = set(await unit._connection.scalars(due))
        return [lane for lane in LANES if lane in found]

    async def open_effects(self) -> datetime | None:
        """Return when the next effect is due, None where nothing waits."""
        async with self.store.read() as unit:
            waits = [
                await unit.outbox.waits(lane, now=self.clock(), wall=self.clock(), probing=False) for lane in LANES
            ]
        return min((self.clock() + rest for each in waits for rest in each.values()), default=None)
