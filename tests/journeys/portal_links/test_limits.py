"""How many customers one agent may look up, and who is told; requests that Slack didn't send."""

import re
import time
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest

from sandbox.slack.seed import APPROVALS
from tests.bot.seen import answer_to, answers
from tests.journeys.faults.kills import subscriber
from tests.journeys.portal_links.questions import ask, read
from tests.journeys.world import World, world

NOBODY = "nobody.there@nowhere-mail.com"


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world(tmp_path_factory.mktemp("limits"), socket_mode=False) as started:
        started.sandbox.slack.limits.enabled = False
        yield started


async def ask_ten(w: World) -> list[str]:
    """Ask ten times, then let a minute pass."""
    told = [read(await ask(w, NOBODY)) for _ in range(10)]
    w.pass_time(minutes=1)
    return told


async def test_lookups_are_limited(w: World) -> None:
    known = subscriber(w, "Kim Known")["id"]
    w.pass_time(hours=1)
    await ask(w, known)
    for _ in range(9):
        await ask(w, NOBODY)
    refused = read(await ask(w, NOBODY))
    assert "That is the limit: 10 customers a minute. Nobody was looked up this time." in refused
    assert re.search(r"Try again in (60|[1-5]?\d) seconds?\.", refused)
    assert "Kim Known" in read(await ask(w, known))  # the same customer counts once a day
    assert "no customer with that address" in read(await ask(w, NOBODY, who="manager"))
    w.pass_time(minutes=1)

    assert all("no customer with that address" in each for each in await ask_ten(w))
    assert not w.sandbox.slack.messages(APPROVALS)
    await ask_ten(w)
    await w.until(lambda: w.sandbox.slack.messages(APPROVALS))
    [alert] = w.sandbox.slack.messages(APPROVALS)
    assert "<@U0AGENT001> looked up 30 customers this hour" in alert.text

    for _ in range(12):
        assert all("no customer with that address" in each for each in await ask_ten(w))
    refused = read(await ask(w, NOBODY))
    assert "That is the limit: 150 customers a day" in refused
    assert "Try again in 24 hours, or ask a manager" in refused
    await w.until(lambda: len(w.sandbox.slack.messages(APPROVALS)) > 1)
    notice = w.sandbox.slack.messages(APPROVALS)[-1]
    assert "<@U0AGENT001> has reached the limit of look-ups for 24 hours." in notice.text
    for said in ("I added 50 for <@U0AGENT001>", "50 were already added"):
        assert said in read(
            await answer_to(w.sandbox.slack, "manager", lambda: w.sandbox.slack.click("manager", notice, "add_lookups"))
        )
    for _ in range(5):
        assert all("no customer with that address" in each for each in await ask_ten(w))
    assert "That is the limit: 200 customers a day" in read(await ask(w, NOBODY))
    w.pass_time(days=1)
    assert "no customer with that address" in read(await ask(w, NOBODY))
    assert len(w.sandbox.slack.messages(APPROVALS)) == 2


@pytest.mark.parametrize(
    "forged",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": str(int(time.time()) - 301)},
    ],
    ids=["wrong signature", "no integer", "old"],
)
async def test_unsigned_request_is_not_logged(w: World, forged: dict[str, str]) -> None:
    body = urlencode({"command": "/portal-link", "text": "unsigned secret", "user_id": "U0AGENT001"}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"} | w.sandbox.slack.deliveries.sign(body) | forged

    told = await w.sandbox.slack.deliveries.post(body, headers)

    assert told.status == 401
    assert "unsigned" not in w.log.read_text()


async def test_repeated_request_runs_once(w: World) -> None:
    slack = w.sandbox.slack
    told = await slack.command("manager2", "support", "/portal-link", NOBODY)
    await w.until(lambda: answers(slack, "manager2"))

    again = await slack.deliveries.replay(told)
    await ask(w, "help", who="manager2")  # answered after whatever the repeat could have brought about

    assert again.status == 200
    assert len(answers(slack, "manager2")) == 2
