import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import structlog

from billing.webhook import StripeWebhooks
from sandbox.stripe.webhooks import sign
from storage.store import SqlStore
from tests.builders.context import flows_on
from tests.databases import KEYRING
from tests.web.conftest import SECRET, Site

URL = "/stripe/webhook"
Client = httpx2.AsyncClient


def event(identifier: str = "evt_1", **changes: Any) -> bytes:
    subscription = {"id": "sub_1", "object": "subscription", "customer": "cus_1", "note": "dana@acme.com"}
    fields = {
        "id": identifier,
        "object": "event",
        "type": "customer.subscription.updated",
        "created": 1_790_000_000,
        "livemode": False,
        "data": {"object": subscription},
    }
    return json.dumps(fields | changes).encode()


def signed(site: Site, body: bytes, *, age: timedelta = timedelta(), secret: str = SECRET) -> dict[str, str]:
    return {"Stripe-Signature": sign(body, secret, int((site.wall() - age).timestamp()))}


async def stored(site: Site) -> int:
    async with site.store.read() as unit:
        return await unit.inbox.backlog()


async def test_a_signed_event_is_stored_once_however_often_it_comes(site: Site, client: Client) -> None:
    body = event()
    answers = await asyncio.gather(*(client.post(URL, content=body, headers=signed(site, body)) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert await stored(site) == 1


async def test_a_type_that_concerns_nobody_is_acknowledged_and_dropped(site: Site, client: Client) -> None:
    body = event(type="invoice.created")
    assert (await client.post(URL, content=body, headers=signed(site, body))).status_code == 200
    assert await stored(site) == 0


DEEP = b'{"dana@acme.com": ' + b"[" * 400_000 + b"]" * 400_000 + b"}"


def bad(site: Site) -> dict[str, tuple[bytes, dict[str, str]]]:
    body = event()
    return {
        "wrong": (body, signed(site, body, secret="whsec_other")),
        "missing": (body, {}),
        "of another body": (body, signed(site, event("evt_2"))),
        "old": (body, signed(site, body, age=timedelta(minutes=6))),
        "garbage": (body, {"Stripe-Signature": "t=now,v1=zz"}),
        "not JSON": (b"dana@acme.com", signed(site, b"dana@acme.com")),
        "live": (event(livemode=True), signed(site, event(livemode=True))),
        "deep": (DEEP, signed(site, DEEP)),
        **{
            str(odd): (event(**odd), signed(site, event(**odd)))
            for odd in ({"id": "dana@acme.com"}, {"id": 7}, {"created": 10**18}, {"created": -1}, {"livemode": None})
        },
    }


async def test_bad_input_is_refused_and_nothing_of_it_logged(
    site: Site, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    caplog.set_level("WARNING", logger="httpx2")  # the client that this test asks with
    with structlog.testing.capture_logs() as entries:
        for why, (body, headers) in bad(site).items():
            answer = await client.post(URL, content=body, headers=headers)
            assert (answer.status_code, answer.text) == (400, "not accepted\n"), why
    assert len(entries) == len(bad(site))
    assert "acme" not in str(entries) + caplog.text
    assert "evt_" not in str(entries) + caplog.text
    assert await stored(site) == 0


async def test_a_signature_given_twice_is_good_if_one_is(site: Site, client: Client) -> None:
    body = event()
    good = signed(site, body)["Stripe-Signature"]
    for header in (f"{good},v1={'0' * 64}", good.replace(",v1=", f",v1={'0' * 64},v1=")):
        assert (await client.post(URL, content=body, headers={"Stripe-Signature": header})).status_code == 200


async def pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 50_000):
        yield b" " * 50_000


async def test_two_megabytes_are_refused_announced_or_not(site: Site, client: Client) -> None:
    large = event() + b" " * 2_000_000
    assert (await client.post(URL, content=large, headers=signed(site, large))).status_code == 413
    assert (await client.post(URL, content=pieces(2_000_000))).status_code == 413
    lying = {"Content-Length": "10", **signed(site, large)}
    assert (await client.post(URL, content=pieces(2_000_000), headers=lying)).status_code == 413
    assert await stored(site) == 0


async def test_an_event_of_many_pieces_is_put_together(site: Site, client: Client) -> None:
    body = event(padding=" " * 900_000)

    async def halves() -> AsyncIterator[bytes]:
        yield body[:450_000]
        yield body[450_000:]

    assert (await client.post(URL, content=halves(), headers=signed(site, body))).status_code == 200
    assert await stored(site) == 1


async def test_a_database_that_is_away_gets_the_event_sent_again(site: Site, tmp_path: Path) -> None:
    body = event()
    store = SqlStore(f"sqlite:///{tmp_path}/not-migrated.db", keyring=KEYRING, new_id=uuid4)
    webhooks = StripeWebhooks(secrets=[SECRET])
    async with site.client(event_receiver=flows_on(store, webhooks=webhooks).event_receiver) as client:
        answer = await client.post(URL, content=body, headers=signed(site, body))
    assert answer.status_code == 503
    assert answer.text == "not stored, please send it again\n"
    assert answer.headers["retry-after"] == "30"
    await store.close()


async def test_looking_at_the_webhook_changes_nothing(client: Client) -> None:
    assert (await client.get(URL)).status_code == 405
    assert (await client.head(URL)).status_code == 405
