"""The bot serves what it can while something else is unwell, and says so to operators and admins, not to managers."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal
from uuid import uuid4

import httpx2
import pytest

from domain.ids import CustomerId, LinkId, PersonId
from domain.keyring import Keyring
from flows.events.faults import LONGEST
from flows.people.identify import person_keys
from flows.ports.store import UnsubscribeRow
from flows.winback.offers.unsubscribe import token_digest
from sandbox.bot_process import DiedEarly
from sandbox.slack.seed import APPROVALS
from storage.store import SqlStore
from tests.journeys.faults.kills import known, subscriber
from tests.journeys.faults.troubles import leaves, one_card, ready_again, told_admin, unwell
from tests.journeys.world import World, said, world


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    """A sandbox whose bot is not started yet."""
    async with world(tmp_path, start=False, settings={"REASON_WAIT": "0s"}) as own:
        yield own


async def unsubscribe_page(w: World) -> int:
    """Open the page of a new unsubscribe link; return its status."""
    keyring = Keyring([w.environment["SECRET_KEY"]])
    store = SqlStore(w.environment["DATABASE_URL"], keyring=keyring, new_id=uuid4)
    link_id, key_id, now = LinkId(uuid4()), keyring.current, w.sandbox.clock.now()
    token = keyring.link_token(link_id, "unsubscribe", key_id)
    async with store.begin() as unit:
        keys = person_keys(keyring, customer_id=CustomerId("cus_unsubscribes"), address=None)
        person_id = await unit.people.identify(keys, new_id=PersonId(uuid4()), now=now)
        await unit.people.add_unsubscribe(
            UnsubscribeRow(
                id=link_id, token_digest=token_digest(token), key_id=key_id, person_id=person_id, made_at=now
            )
        )
        await unit.commit()
    await store.close()
    async with httpx2.AsyncClient(trust_env=False) as visitor:
        return (await visitor.get(f"http://127.0.0.1:{w.environment['PORT']}/u/{token}")).status_code


async def test_all_else_goes_on_without_slacks_token(w: World) -> None:
    """A token revoked and one event that can't be handled."""
    await w.bot.start()
    stuck = subscriber(w, "Stella Stuck")
    await known(w, stuck)
    before = [said(each) for each in w.sandbox.slack.messages(APPROVALS)]
    w.sandbox.slack.break_token()
    path = f"/v1/subscriptions/{stuck['id']}"
    fault = w.sandbox.faults.add(
        "stripe", path, "error", times=None, type="invalid_request_error", code="odd", status=400
    )
    w.sandbox.stripe.request_cancellation(stuck)
    leaves(w, "Tom Token")
    await fault.reached()
    assert "token_revoked" in await unwell(w, "slack lane")
    w.pass_time(seconds=LONGEST.total_seconds() + 60)
    assert await unwell(w, "set-aside events") == "1; see `winback effects list`."

    assert await unsubscribe_page(w) == 200
    assert {each.status for each in w.sandbox.stripe.webhooks.log} == {200}

    w.sandbox.slack.mend_token()
    await w.until(lambda: told_admin(w), patience=60)
    await one_card(w, "Tom Token")
    assert [said(each) for each in w.sandbox.slack.messages(APPROVALS)] == before
    await ready_again(w)


@pytest.mark.parametrize("service", ["slack", "stripe"])
async def test_start_needs_no_answer_from(w: World, service: Literal["slack", "stripe"]) -> None:
    w.sandbox.faults.add(service, "*", "status", status=503, times=None)
    await w.bot.start()
    assert (await w.ready())[0] == 200
    await unwell(w, "Slack: bot token" if service == "slack" else "Stripe: read events")
    assert await unsubscribe_page(w) == 200
    leaves(w, "Wanda Wait")
    assert w.cards == []

    w.sandbox.faults.clear()
    await one_card(w, "Wanda Wait", patience=60)
    await ready_again(w)
    told = await w.sandbox.slack.command("agent", "support", "/portal-link", "help")
    assert told.acknowledged


async def test_wrong_token_refuses_to_start(w: World) -> None:
    w.sandbox.slack.break_token()
    with pytest.raises(DiedEarly, match=r"Slack: bot token: Slack refused: token_revoked\. Look at SLACK_BOT_TOKEN"):
        await w.bot.start()
    assert await w.bot.ended() == 2
