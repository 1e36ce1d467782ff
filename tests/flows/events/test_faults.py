"""Events that can't be handled: they are tried again, finished without a case, or set aside with one alert."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from billing.stripe_billing import StripeBilling
from billing.webhook import StripeWebhooks
from bot.assembly.flows import Flows
from domain.ids import SubscriptionId
from flows.effects import AlertSetAside
from flows.events.faults import GONE_AFTER, LONGEST, LONGEST_AWAY
from flows.failures import MISSING, Refused, Unavailable
from flows.ports.store import InboxRow
from jobs.drain_inbox import Steadiness
from sandbox.server import Sandbox
from sandbox.stripe.ledger import Json
from sandbox.stripe.webhooks import as_json, sign
from storage.store import SqlStore
from tests.builders.context import SETTINGS, flows_on
from tests.builders.stripe import stripe_billing

SECRET = "whsec_tests"
OWNER = UUID(int=1)
LEASE = timedelta(seconds=30)
REFUSED = Refused("Stripe refused to read the subscription", fault="request", code="odd")
GONE = Refused("Stripe refused to read the subscription", fault="request", code=MISSING)
AWAY = Unavailable("Stripe answered 503")
ADMIN = "U0ADMIN001"


class Desk:
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
        return await self.flows.event_faults.note(row, fault, others_succeed=others_succeed, now=self.now())

    async def work(self) -> str:
        """Work the event that waits off; return "done", or the outcome of its failure."""
        row = await self.claim()
        try:
            await self.flows.event_router.route(row.event, now=self.now())
        except Exception as fault:  # noqa: BLE001  # as the worker does
            return await self.flows.event_faults.note(row, fault, others_succeed=False, now=self.now())
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


@pytest.fixture
async def desk(store: SqlStore, sandbox: Sandbox) -> AsyncIterator[Desk]:
    billing = stripe_billing(sandbox)
    desk = Desk(store, billing, sandbox)
    await desk.flows.event_poller.begin(now=desk.now())
    yield desk
    await billing.close()


async def test_a_fault_is_set_aside_after_eight_tries(desk: Desk) -> None:
    desk.subscribe()
    await desk.receive(desk.stripe.webhooks.held[-1])
    for wait in (10, 60, 180, 300, 300, 300, 300):
        assert await desk.fail(REFUSED) == "later"
        desk.pass_time(timedelta(seconds=wait))
    assert await desk.fail(REFUSED) == "set_aside"


async def test_a_fault_is_set_aside_after_half_an_hour(desk: Desk) -> None:
    desk.subscribe()
    await desk.receive(desk.stripe.webhooks.held[-1])
    assert await desk.fail(KeyError("dana@scully-mail.com")) == "later"
    desk.pass_time(LONGEST)
    assert await desk.fail(KeyError("dana@scully-mail.com")) == "set_aside"
    async with desk.store.read() as unit:
        (event,) = await unit.inbox.listed_aside(limit=10)
    assert event.fault == "a fault in the program (KeyError); see the log"
    assert (await desk.aside(), await desk.waiting()) == (1, 0)


async def test_first_waits_grow_quickly(desk: Desk) -> None:
    """Four hundred faulty events cost eight hundred calls in their first minute, and fewer afterwards."""
    desk.subscribe()
    await desk.receive(desk.stripe.webhooks.held[-1])
    tries = 0
    for _ in range(59):
        async with desk.store.read() as unit:
            claimable = await unit.inbox.waiting(wall=desk.now())
        if claimable:
            await desk.fail(REFUSED)
            tries += 1
        desk.pass_time(timedelta(seconds=1))
    assert tries == 2


async def test_one_alert_tells_of_many_of_a_kind(desk: Desk) -> None:
    for _ in range(3):
        desk.subscribe()
        await desk.receive(desk.stripe.webhooks.held[-1])
    for outcome in ("later", "set_aside"):
        async with desk.store.begin() as unit:
            rows = await unit.inbox.claim(owner=OWNER, wall=desk.now(), lease=LEASE, limit=8)
            await unit.commit()
        for row in rows:
            assert await desk.flows.event_faults.note(row, REFUSED, others_succeed=False, now=desk.now()) == outcome
        desk.pass_time(LONGEST)
    assert await desk.aside() == 3
    assert [alert.to for alert in await desk.alerts()] == [ADMIN]


async def test_what_is_away_sets_nothing_aside(desk: Desk) -> None:
    desk.subscribe()
    await desk.receive(desk.stripe.webhooks.held[-1])
    for _ in range(20):
        assert await desk.fail(AWAY) == "later"
        desk.pass_time(timedelta(minutes=30))
    assert await desk.work() == "done"


async def test_what_stays_away_for_days_is_set_aside(desk: Desk) -> None:
    desk.subscribe()
    await desk.receive(desk.stripe.webhooks.held[-1])
    assert await desk.fail(AWAY) == "later"
    desk.pass_time(LONGEST_AWAY)
    assert await desk.fail(AWAY) == "set_aside"


async def test_one_object_that_fails_while_others_succeed_is_set_aside(desk: Desk) -> None:
    desk.subscribe()
    await desk.receive(desk.stripe.webhooks.held[-1])
    assert await desk.fail(AWAY, others_succeed=True) == "later"
    desk.pass_time(LONGEST)
    assert await desk.fail(AWAY, others_succeed=True) == "set_aside"


@pytest.mark.parametrize("kind", ["created", "updated", "deleted"])
async def test_an_unknown_object_is_finished_after_ten_minutes(desk: Desk, kind: str) -> None:
    subscription = desk.subscribe()
    if kind == "updated":
        desk.stripe.portal_cancel(subscription)
    if kind == "deleted":
        desk.stripe.cancel_now(subscription)
    desk.forget(subscription)
    await desk.receive(desk.stripe.webhooks.held[-1])
    assert await desk.work() == "later"
    desk.pass_time(GONE_AFTER - timedelta(minutes=1))
    assert await desk.work() == "later"
    desk.pass_time(timedelta(minutes=5))
    assert await desk.work() == "gone"
    assert (await desk.aside(), await desk.waiting(), await desk.states(subscription)) == (0, 0, [])


async def test_a_vanished_subscription_that_was_seen_ends_by_its_event(desk: Desk) -> None:
    subscription = desk.subscribe()
    await desk.receive(desk.stripe.webhooks.held[-1])
    assert await desk.work() == "done"
    desk.pass_time(timedelta(minutes=1))
    desk.stripe.cancel_now(subscription)
    ended = desk.stripe.webhooks.held[-1]
    del ended["data"]["object"]["created"]
    desk.forget(subscription)
    await desk.receive(ended)
    assert await desk.work() == "later"
    desk.pass_time(GONE_AFTER)
    assert await desk.work() == "trusted"
    assert await desk.states(subscription) == ["ended"]
    assert await desk.waiting() == 0


@pytest.mark.parametrize(
    "odd", [{"created": None}, {"status": None}, {"cancel_at_period_end": None}, {"canceled_at": "now"}]
)
async def test_what_an_event_lacks_is_read_afresh(desk: Desk, odd: dict[str, Any]) -> None:
    subscription = desk.subscribe()
    desk.stripe.portal_cancel(subscription, "other", "Too\x00 dear\ud83d for us")
    event = desk.stripe.webhooks.held[-1]
    seen = event["data"]["object"]
    for name, value in odd.items():
        seen[name] = value
    await desk.receive(event)
    assert await desk.work() == "done"
    assert await desk.states(subscription) == ["pending"]
    async with desk.store.read() as unit:
        (case,) = await unit.cases.of_subscription(SubscriptionId(subscription["id"]))
    assert case.episode.cancellation.comment == "Too dear for us"


def test_steadiness_is_lost_in_a_pause() -> None:
    at = datetime.fromisoformat("2026-03-11T10:00:00Z")
    steady = Steadiness()
    assert not steady.has_lasted(LONGEST, at=at)
    for minute in range(0, 33, 3):
        steady.note_success(at + timedelta(minutes=minute))
    assert steady.has_lasted(LONGEST, at=at + timedelta(minutes=32))
    assert not steady.has_lasted(LONGEST, at=at + timedelta(minutes=40))
    steady.note_success(at + timedelta(minutes=40))
    assert not steady.has_lasted(LONGEST, at=at + timedelta(minutes=41))
