"""People who can edit a group could make managers: nobody becomes one, or stops being one, unnoticed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import RowMapping, select

from sandbox.slack.people import UserGroup
from sandbox.slack.seed import APPROVALS
from storage import tables
from tests.journeys.faults.kills import read as rows
from tests.journeys.faults.kills import settled, subscriber
from tests.journeys.portal_links.questions import ask, read
from tests.journeys.world import PATIENCE, World, world

GROUP = "S0MANAGERS"


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    settings = {"MANAGER_MEMBERS": f"U0MANAGER1,{GROUP}", "ALLOW_GROUP_MANAGERS": "true", "LINK_PROOF": "none"}
    async with world(tmp_path, settings=settings, start=False) as made:
        slack = made.sandbox.slack
        slack.limits.enabled = False
        slack.groups[GROUP] = UserGroup(
            id=GROUP, handle="managers", name="Managers", team_id=slack.team_id, members=["U0MANAGER2"]
        )
        await made.bot.start()
        yield made


def recorded(w: World) -> list[RowMapping]:
    return list(rows(w, select(tables.audit).where(tables.audit.c.action == "managers_changed")))


def announced(w: World) -> list[str]:
    return [message.text for message in w.sandbox.slack.messages(APPROVALS)]


async def looked(w: World) -> None:
    """Let a minute pass, and wait till the bot has looked who is a manager and has said what it found."""
    name = tables.marks.c.name == "tick:managers"

    def last() -> list[RowMapping]:
        return list(rows(w, select(tables.marks).where(name)))

    async def again() -> bool:
        return last() != before

    before = last()
    w.pass_time(minutes=1)
    await w.seen(again)
    await settled(w)


async def test_group_change_is_announced_once(w: World) -> None:
    slack = w.sandbox.slack
    await looked(w)
    assert (announced(w), recorded(w)) == ([], [])

    told = await slack.set_group(GROUP, ["nobody"])
    assert told is not None
    assert told.acknowledged
    await looked(w)
    await looked(w)

    [said] = announced(w)
    assert "Managers from now on: <@U0NOBODY01>. No longer managers: <@U0MANAGER2>." in said
    assert [(row["whom"], row["outcome"]) for row in recorded(w)] == [
        ("U0NOBODY01", "became"),
        ("U0MANAGER2", "ceased"),
    ]
    subscription = subscriber(w, "Gina Group")
    assert "Gina Group" in read(await ask(w, subscription["id"], who="nobody"))
    assert "Only a support agent or a manager can do this" in read(await ask(w, subscription["id"], who="manager2"))


async def test_restart_announces_changes_only(w: World) -> None:
    await looked(w)
    await w.bot.stop()
    await w.sandbox.slack.set_group(GROUP, ["nobody", "manager2"])
    await w.bot.start()
    await looked(w)
    await looked(w)

    [said] = announced(w)
    assert "Managers from now on: <@U0NOBODY01>. If" in said


async def test_slack_outage_announces_nothing(w: World) -> None:
    await looked(w)
    fault = w.sandbox.faults.add("slack", "usergroups.users.list", "status", status=503, times=None)
    await w.sandbox.slack.set_group(GROUP, ["manager2"])  # the same, and a word to ask afresh
    await looked(w)
    async with asyncio.timeout(PATIENCE):  # the tick is noted before the bot asks
        await fault.reached()
    w.sandbox.faults.clear()
    await looked(w)

    assert announced(w) == []


async def test_former_manager_sends_no_email(w: World) -> None:
    slack, address = w.sandbox.slack, "rita.right@scully-mail.com"
    subscription = subscriber(w, "Rita Right")
    answer = await ask(w, subscription["id"])
    not_now = w.sandbox.faults.add("smtp", "RCPT", "status", status=451, body="4.3.0 Not now", times=None)
    await slack.click("agent", answer, "email_link")
    await not_now.reached()
    await slack.set_group("S0SUPPORT1", ["agent2"])
    w.sandbox.faults.clear()

    await w.until(lambda: any("no longer may" in message.text for message in slack.messages(slack.direct("agent"))))
    await settled(w)
    assert w.sandbox.mailbox.to(address) == []
    [effect] = rows(w, select(tables.outbox).where(tables.outbox.c.kind == "email_link"))
    assert effect["state"] == "dead"
