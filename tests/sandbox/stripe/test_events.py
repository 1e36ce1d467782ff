"""Events, read from the list and delivered to webhooks."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import stripe

from sandbox.seed import CUSTOMERS
from sandbox.server import Sandbox
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import DAY, Json
from sandbox.stripe.oddities import WebhookOddities

SECRET = "whsec_sandbox"


class Receiver:
    """An HTTP server that answers every request with `status` and keeps the bodies and signatures it got."""

    def __init__(self) -> None:
        self.status = 200
        self.got: list[tuple[bytes, str]] = []
        self.url = ""
        self._more = asyncio.Event()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/stripe/webhook"

    async def stop(self) -> None:
        self._server.close()

    async def until(self, count: int) -> None:
        """Wait until so many requests have come."""
        while len(self.got) < count:
            self._more.clear()
            await self._more.wait()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        signature = next(line.split(": ", 1)[1] for line in head if line.lower().startswith("stripe-signature"))
        body = await reader.readexactly(int(headers["content-length"]))
        writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        self.got.append((body, signature))
        self._more.set()


@pytest.fixture
async def receiver(account: Account) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.start()
    account.webhooks.add(receiver.url, SECRET)
    yield receiver
    await account.webhooks.stop()
    await receiver.stop()


def _rename(account: Account, name: str) -> None:
    account.customers.update(account.ledger.get("customer", CUSTOMERS["dana"].id), {"name": name})


async def test_newest_come_first_and_filters_hold(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    """Stripe: List all events."""
    account = sandbox.stripe
    subscription = account.ledger.get("subscription", CUSTOMERS["dana"].subscription_id())
    account.portal_cancel(subscription, "unused")
    sandbox.clock.advance(timedelta(minutes=1))
    account.cancel_now(subscription)
    everything = [each async for each in (await client.v1.events.list_async({"limit": 100})).auto_paging_iter()]
    created = [each.created for each in everything]
    assert created == sorted(created, reverse=True)
    subscriptions = await client.v1.events.list_async({"type": "customer.subscription.*", "limit": 3})
    kinds = [each.type.rpartition(".")[2] for each in subscriptions.data]
    assert kinds == ["deleted", "updated", "updated"]
    two = await client.v1.events.list_async({"types": ["customer.subscription.deleted"], "limit": 1})
    assert two.data[0].id == everything[0].id
    later = await client.v1.events.list_async({"created": {"gt": created[1]}})
    assert [each.id for each in later.data] == [everything[0].id]
    again = await client.v1.events.retrieve_async(everything[0].id)
    assert again.data.object["status"] == "canceled"


async def test_events_are_kept_for_thirty_days(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    _rename(sandbox.stripe, "Dana R.")
    sandbox.clock.advance(timedelta(days=30, minutes=1))
    oldest = [each async for each in (await client.v1.events.list_async({"limit": 100})).auto_paging_iter()][-1]
    assert oldest.created > sandbox.stripe.ledger.now - 30 * DAY
    renamed = await client.v1.events.list_async({"type": "customer.updated"})
    assert all(each.data.object["name"] != "Dana R." for each in renamed.data)


async def test_an_event_is_a_snapshot(account: Account, client: stripe.StripeClient) -> None:
    _rename(account, "FirstPayment")
    _rename(account, "Second")
    second, first = (await client.v1.events.list_async({"type": "customer.updated", "limit": 2})).data
    assert (first.data.object["name"], second.data.object["name"]) == ("FirstPayment", "Second")


async def test_a_change_that_changes_nothing_tells_nothing(account: Account) -> None:
    before = len(account.events)
    _rename(account, "Dana Reyes")
    assert len(account.events) == before


async def test_an_event_is_delivered_and_its_signature_holds(account: Account, receiver: Receiver) -> None:
    """Stripe: Check the webhook signatures."""
    _rename(account, "Dana Ünal")
    await receiver.until(1)
    ((body, signature),) = receiver.got
    event = stripe.Webhook.construct_event(body, signature, SECRET)
    assert event.type == "customer.updated"
    assert event.data.object["name"] == "Dana Ünal"
    assert event.pending_webhooks == 1
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature, "whsec_other")


async def test_an_event_comes_again_until_it_is_taken(
    account: Account, receiver: Receiver, client: stripe.StripeClient
) -> None:
    """Stripe: Webhooks, automatic retries; List all events, `delivery_success`."""
    receiver.status = 503
    _rename(account, "Dana R.")
    await receiver.until(1)
    waiting = await client.v1.events.list_async({"delivery_success": False})
    assert [each.type for each in waiting.data] == ["customer.updated"]
    receiver.status = 200
    await receiver.until(2)
    await account.webhooks.settled()
    assert receiver.got[0][0] == receiver.got[1][0]
    assert [attempt.status for attempt in account.webhooks.log] == [503, 200]
    assert (await client.v1.events.list_async({"delivery_success": False})).data == []


async def test_nobody_there_is_tried_again(account: Account, receiver: Receiver) -> None:
    await receiver.stop()
    _rename(account, "Dana R.")
    await account.webhooks.tried(1)
    assert account.webhooks.log[0].status is None


async def test_held_events_are_delivered_by_hand_in_any_order_and_twice(account: Account, receiver: Receiver) -> None:
    account.webhooks.mode = "held"
    _rename(account, "FirstPayment")
    _rename(account, "Second")
    first, second = account.webhooks.held
    statuses = [await account.webhooks.deliver(event) for event in (second, first, second)]
    assert statuses == [[200], [200], [200]]
    names = [stripe.Webhook.construct_event(*each, SECRET).data.object["name"] for each in receiver.got]
    assert names == ["Second", "FirstPayment", "Second"]


async def test_odd_webhooks_reversed_doubled_and_foreign(account: Account, receiver: Receiver) -> None:
    odd = WebhookOddities(account.ledger, account.webhooks)

    def told(since: int) -> list[Json]:
        events = [stripe.Webhook.construct_event(*each, SECRET).to_dict() for each in receiver.got[since:]]
        return [each for each in events if each["type"] == "customer.updated"]

    await odd.hold()
    _rename(account, "First")
    _rename(account, "Second")
    await odd.release_reversed()
    assert [each["data"]["object"]["name"] for each in told(0)] == ["Second", "First"]
    assert account.webhooks.mode == "automatic"

    await odd.hold()
    _rename(account, "Third")
    seen = len(receiver.got)
    await odd.release_twice()
    once, again = told(seen)
    assert once["id"] == again["id"]

    seen = len(receiver.got)
    await odd.foreign()
    assert [(each.get("account"), each.get("context")) for each in told(seen)] == [
        ("acct_1Somebody", None),
        (None, "acct_1Somebody"),
    ]


async def test_the_seeds_past_is_not_delivered(account: Account, receiver: Receiver) -> None:
    assert account.events
    await account.webhooks.settled()
    assert receiver.got == []
