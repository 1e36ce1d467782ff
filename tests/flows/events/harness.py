"""The flows for events on one database, with the sandbox as Stripe."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from billing.stripe_billing import StripeBilling
from billing.webhook import StripeWebhooks
from bot.assembly.flows import Flows
from domain.ids import SubscriptionId
from flows.effects import AlertSetAside
from flows.ports.store import InboxRow
from sandbox.server import Sandbox
from sandbox.stripe.ledger import Json
from sandbox.stripe.webhooks import as_json, sign
from storage.store import SqlStore
from tests.builders.context import SETTINGS, flows_on
from tests.builders.stripe import stripe_billing

SECRET = "whsec_tests"
OWNER = UUID(int=1)
LEASE = timedelta(seconds=30)
ADMIN = "U0ADMIN001"


class EventHarness:
    """The flows on one database, on the sandbox's clock for both clocks."""

    def __init__(self, store: SqlStore, billing: StripeBilling, sandbox: Sandbox) -> None:
        self.store = store
        self.sandbox = sandbox
        self.stripe = sandbox.stripe
        self.stripe.webhooks.mode = "held"
        self.flows: Flows = flows_on(
            store,
            billing=billing,
            webhooks=StripeWebhooks(secrets=[SECRET]),
            wall=self.now,
            settings=replace(SETTINGS, alarms=(ADMIN,), approvals=None),
        )

    def now(self) -> datetime:
        return self.sandbox.clock.now()

    def pass_time(self, span: timedelta) -> None:
        self.sandbox.clock.advance(span)

    def subscribe(self, email: str = "dana@scully-mail.com") -> Json:
        customer = self.stripe.create_customer(name="Dana Scully", email=email)
        self.stripe.cards.attach(customer)
        price = self.stripe.catalog.add_price(self.stripe.catalog.add_product("Pro"), 4900, "eur")
        return self.stripe.subscribe(customer, price)

    def forget(self, subscription: Json) -> None:
        """Delete it at Stripe, as test data are deleted in the Dashboard."""
        del self.stripe.ledger.objects["subscription"][subscription["id"]]

    async def receive(self, event: Json) -> bool:
        body, now = as_json(event), self.now()
        header = sign(body, SECRET, int(now.timestamp()))
        return await self.flows.event_receiver.receive(body, header, now=now, wall=now)

    async def claim(self) -> InboxRow:
        async with self.store.begin() as unit:
            (row,) = await unit.inbox.claim(owner=OWNER, wall=self.now(), lease=LEASE, limit=8)
            await unit.commit()
        return row

    async def fail(self, fault: Exception, *, others_succeed: bool = False) -> str:
        """Claim the event that waits, let it fail, and note that; return the outcome."""
        row = await self.claim()
        return await self.flows.event_faults.record(row, fault, others_succeed=others_succeed, now=self.now())

    async def work(self) -> str:
        """Work the event that waits off; return "done", or the outcome of its failure."""
        row = await self.claim()
        try:
            await self.flows.event_router.route(row.event, now=self.now())
        except Exception as fault:  # noqa: BLE001  # as the worker does
            return await self.flows.event_faults.record(row, fault, others_succeed=False, now=self.now())
        return "done"

    async def states(self, subscription: Json) -> list[str]:
        async with self.store.read() as unit:
            cases = await unit.cases.of_subscription(SubscriptionId(subscription["id"]))
        return [case.episode.state for case in cases]

    async def alerts(self) -> list[AlertSetAside]:
        async with self.store.read() as unit:
            rows = await unit.outbox.listed(states=["waiting"], limit=100)
        return [row.effect for row in rows if isinstance(row.effect, AlertSetAside)]

    async def aside(self) -> int:
        async with self.store.read() as unit:
            return await unit.inbox.count_aside()

    async def waiting(self) -> int:
        async with self.store.read() as unit:
            return await unit.inbox.backlog()


@asynccontextmanager
async def event_harness(store: SqlStore, sandbox: Sandbox) -> AsyncIterator[EventHarness]:
    """Build the flows, and begin to poll Stripe's events."""
    billing = stripe_billing(sandbox)
    harness = EventHarness(store, billing, sandbox)
    await harness.flows.event_poller.begin(now=harness.now())
    yield harness
    await billing.close()
