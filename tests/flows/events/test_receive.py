"""Events of other accounts, and of another mode, are never stored."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.stripe_billing import StripeBilling
from billing.webhook import StripeWebhooks
from bot.assembly.flows import Flows
from flows.ports import InvalidEvent
from sandbox.server import Sandbox
from sandbox.stripe.access import ACCOUNT_ID
from sandbox.stripe.webhooks import sign
from storage.store import SqlStore
from tests.builders.context import SETTINGS, flows_on
from tests.builders.stripe import stripe_billing

SECRET = "whsec_tests"
NOW = datetime(2026, 3, 11, 10, tzinfo=UTC)
DELETED = "customer.subscription.deleted"


@pytest.fixture
async def billing(sandbox: Sandbox) -> AsyncIterator[StripeBilling]:
    opened = stripe_billing(sandbox)
    yield opened
    await opened.close()


def flows(store: SqlStore, billing: StripeBilling, *, livemode: bool = False) -> Flows:
    return flows_on(
        store, billing=billing, webhooks=StripeWebhooks(secrets=[SECRET]), settings=replace(SETTINGS, livemode=livemode)
    )


async def receive(flows: Flows, **changes: Any) -> bool:
    about = {"id": "sub_OfConnected1", "object": "subscription", "customer": "cus_OfConnected1", "status": "canceled"}
    event = {
        "id": "evt_connect_1", "object": "event", "type": DELETED, "created": 1_770_000_000, "livemode": False,
        "data": {"object": about},
    }  # fmt: skip
    body = json.dumps(event | changes).encode()
    return await flows.event_receiver.receive(body, sign(body, SECRET, int(NOW.timestamp())), now=NOW, wall=NOW)


@pytest.mark.parametrize("named", [{"account": "acct_connected1"}, {"context": "org_1/acct_connected1"}])
@pytest.mark.parametrize("livemode", [False, True])
async def test_another_accounts_event_is_dropped(
    sqlite_store: SqlStore, billing: StripeBilling, named: dict[str, str], livemode: bool
) -> None:
    assert not await receive(flows(sqlite_store, billing), livemode=livemode, **named)
    async with sqlite_store.read() as unit:
        assert await unit.inbox.backlog() == 0


@pytest.mark.parametrize(
    "named", [{"account": ACCOUNT_ID}, {"context": ACCOUNT_ID}, {"context": f"org_1/{ACCOUNT_ID}"}]
)
async def test_our_own_account_may_be_named(
    sqlite_store: SqlStore, billing: StripeBilling, named: dict[str, str]
) -> None:
    assert await receive(flows(sqlite_store, billing), **named)


async def test_our_account_is_read_once(sqlite_store: SqlStore, billing: StripeBilling, sandbox: Sandbox) -> None:
    asked: list[str] = []
    sandbox.stripe.observers.append(lambda exchange: asked.append(exchange.path))
    ours = flows(sqlite_store, billing)
    for number in range(5):
        await receive(ours, id=f"evt_{number}", account="acct_connected1")
        sandbox.clock.advance(timedelta(minutes=2))
    assert asked.count("/v1/account") == 1


async def test_while_ours_is_unknown_any_named_is_another(
    sqlite_store: SqlStore, billing: StripeBilling, sandbox: Sandbox
) -> None:
    sandbox.faults.add("stripe", "/v1/account", "status", status=503, times=None)
    assert not await receive(flows(sqlite_store, billing), account=ACCOUNT_ID)
    assert await receive(flows(sqlite_store, billing))


@pytest.mark.parametrize(
    ("livemode", "reason"), [(False, "live event on a test key"), (True, "test event on a live key")]
)
async def test_an_event_of_the_other_mode_is_refused(
    sqlite_store: SqlStore, billing: StripeBilling, livemode: bool, reason: str
) -> None:
    with pytest.raises(InvalidEvent, match=reason):
        await receive(flows(sqlite_store, billing, livemode=livemode), livemode=not livemode)


async def test_another_accounts_event_is_not_polled(
    sqlite_store: SqlStore, billing: StripeBilling, sandbox: Sandbox
) -> None:
    polling = flows(sqlite_store, billing).event_poller
    await polling.begin(now=sandbox.clock.now())
    await polling.poll(now=sandbox.clock.now())  # what is renewed at this very moment
    customer = sandbox.stripe.create_customer(email="dana@acme-mail.com")
    for address in ("b@acme-mail.com", "c@acme-mail.com", "d@acme-mail.com"):
        sandbox.stripe.update_email(customer, address)
    foreign, ours, odd = sandbox.stripe.events[-3:]
    foreign["account"], ours["context"], odd["created"] = "acct_connected1", ACCOUNT_ID, 10**12
    assert await polling.poll(now=sandbox.clock.now()) == 1
