"""Secrets are changed without anybody noticing: old links open, old hashes are found and rewritten, all verifies."""

import json
import re
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import RowMapping, select

from domain.keyring import Keyring
from sandbox.bot_process import BotProcess, DiedEarly
from sandbox.stripe.webhooks import sign
from storage import tables
from tests.journeys.faults.kills import read as rows
from tests.journeys.faults.kills import settled, subscriber
from tests.journeys.portal_links.questions import ask, press, read
from tests.journeys.world import World, world

OLD, NEW = secrets.token_hex(32), secrets.token_hex(32)
OLD_ID, NEW_ID = Keyring([OLD]).current, Keyring([NEW]).current
UNKNOWN = "nobody.knows@nowhere-mail.com"


@pytest.fixture
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world(tmp_path_factory.mktemp("keys"), settings={"SECRET_KEY": OLD, "REASON_WAIT": "0s"}) as told:
        told.sandbox.slack.limits.enabled = False
        yield told


async def restart(w: World, **changed: str) -> None:
    """Stop the bot and start it with other settings."""
    await w.bot.stop()
    w.environment |= changed
    w.bot = BotProcess(environment=w.environment, clock_file=w.log.parent / "clock", log=w.log)
    await w.bot.start()


def key_ids(w: World, table: Any) -> list[str]:
    return [row["key_id"] for row in rows(w, select(table.c.key_id))]


async def test_new_key_keeps_old_links(w: World) -> None:
    stripe = w.sandbox.stripe
    subscription = subscriber(w, "Kira Key")
    address = stripe.ledger.get("customer", subscription["customer"])["email"]
    stripe.portal_cancel(subscription, "unused")
    await w.card_of(subscription)
    assert "no customer with that address" in read(await ask(w, UNKNOWN))
    answer = await ask(w, address)
    shown = await press(w, answer, "show_link", "This link is for them only")
    [path] = set(re.findall(r"/p/[\w-]{43}", shown))
    async with httpx2.AsyncClient(base_url=w.environment["PUBLIC_URL"], trust_env=False) as pages:
        assert (await pages.post(f"{path}/code")).status_code == 303
        [email] = await w.sandbox.mailbox.wait_for(lambda: w.sandbox.mailbox.to(address))
        [code] = re.findall(r"\b\d{6}\b", email.text)
        await settled(w)
        assert set(key_ids(w, tables.person_keys)) == {OLD_ID}

        await restart(w, SECRET_KEY=f"{NEW},{OLD}")
        entered = await pages.post(path, data={"code": code})
        assert entered.status_code == 303
        assert "/portal/" in entered.headers["location"]

    persons = rows(w, select(tables.persons.c.id))
    stripe.take_back(subscription)
    stripe.portal_cancel(subscription, "too_expensive")
    await w.card_of(subscription, number=2)
    await settled(w)
    assert rows(w, select(tables.persons.c.id)) == persons
    assert set(key_ids(w, tables.person_keys)) == {NEW_ID}

    w.pass_time(minutes=1)
    assert "no customer with that address" in read(await ask(w, UNKNOWN))
    assert key_ids(w, tables.unknown_addresses) == [NEW_ID]
    unknown = {row["whom"] for row in _record(w) if row["outcome"] == "found 0"}
    assert len(unknown) == 1

    assert {row["key_id"] for row in _record(w)} == {OLD_ID, NEW_ID}
    verified = await w.types("audit", "verify")
    assert (verified.status, verified.err) == (0, "")


def _record(w: World) -> list[RowMapping]:
    return list(rows(w, select(tables.audit).order_by(tables.audit.c.number)))


async def test_used_key_cannot_be_dropped(w: World) -> None:
    await ask(w, UNKNOWN)
    await settled(w)

    with pytest.raises(DiedEarly, match=OLD_ID):
        await restart(w, SECRET_KEY=NEW)

    told = await w.types("doctor")
    assert told.status == 1
    assert OLD_ID in told.out
    assert OLD not in told.out + told.err + w.log.read_text()


async def test_webhook_secret_rotates(w: World) -> None:
    old, new = w.environment["STRIPE_WEBHOOK_SECRETS"], f"whsec_{secrets.token_hex(16)}"
    stale = f"whsec_{secrets.token_hex(16)}"
    url = f"{w.environment['PUBLIC_URL']}/stripe/webhook"
    await restart(w, STRIPE_WEBHOOK_SECRETS=f"{new},{old}")
    now = int(time.time())  # signatures are on the wall clock

    async with httpx2.AsyncClient(trust_env=False) as stripe:

        async def deliver(number: int, secret: str) -> int:
            event = {
                "id": f"evt_{number}", "object": "event", "type": "customer.updated", "livemode": False, "created": now,
                "data": {"object": {"id": "cus_1", "object": "customer"}},
            }  # fmt: skip
            body = json.dumps(event).encode()
            headers = {"Stripe-Signature": sign(body, secret, now)}
            return (await stripe.post(url, content=body, headers=headers)).status_code

        assert [await deliver(1, old), await deliver(2, new), await deliver(3, stale)] == [200, 200, 400]
        await restart(w, STRIPE_WEBHOOK_SECRETS=new)
        assert [await deliver(4, new), await deliver(5, old)] == [200, 400]
