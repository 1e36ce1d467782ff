"""Alerts about a channel that can't be posted into: they reach the admins, and never go to the approvals channel."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.ids import StaffId
from domain.permissions import Role
from flows.effects import AnnounceManagers
from sandbox.server import Sandbox
from sandbox.slack.seed import BOT, SUPPORT_GROUP
from storage.store import SqlStore
from tests.bot.harness import APPROVALS, MEMBERS, SETTINGS, SlackHarness, slack_harness, wall
from tests.builders.slack_channels import archived, public, shared, without_the_bot

ADMIN = StaffId("U0ADMIN001")
OWNER = UUID(int=1)


BROKEN: dict[str, tuple[Callable[..., AbstractAsyncContextManager[None]], str]] = {
    "the bot was removed": (without_the_bot, "channel_not_found"),
    "it is archived": (archived, "is_archived"),
    "it is public": (public, "the channel is not private any more"),
    "it is shared": (shared, "the channel is shared with another company"),
}


async def run_due(room: SlackHarness) -> None:
    """Run the effects that wait for Slack until none is due, as their worker does."""
    while True:
        async with room.store.begin() as unit:
            rows = await unit.outbox.claim(
                "slack", owner=OWNER, now=wall(), wall=wall(), lease=SETTINGS.code_for, limit=9, probing=False
            )
            await unit.commit()
        if not rows:
            return
        for row in rows:
            await room.flows.dispatcher.dispatch(row, owner=OWNER, now=wall())


async def announce(room: SlackHarness) -> None:
    async with room.store.begin() as unit:
        await unit.outbox.add(AnnounceManagers((StaffId("U0MANAGER1"),), (), APPROVALS), due_at=wall())
        await unit.commit()


def told(sandbox: Sandbox, where: str) -> list[str]:
    return [message.text for message in sandbox.slack.messages(where)]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("alarms", [(ADMIN,), ("C0NOWHERE1",)])
async def test_broken_approvals_channel_is_told_to_admins(
    sandbox: Sandbox, sqlite_store: SqlStore, broken: str, alarms: tuple[str, ...]
) -> None:
    """Each by direct message; an alerts channel that does not take the alert is no obstacle either."""
    breakage, reason = BROKEN[broken]
    settings = replace(SETTINGS, alarms=alarms, admins=(ADMIN,))
    direct = sandbox.slack.direct(ADMIN).id
    before, approvals = told(sandbox, direct), told(sandbox, APPROVALS)
    async with slack_harness(sandbox, sqlite_store, settings=settings) as room, breakage(sandbox, channel=APPROVALS):
        await announce(room)
        await run_due(room)
    [alert] = told(sandbox, direct)[len(before) :]
    assert "A change of who is a manager could not be announced." in alert
    assert reason in alert
    assert told(sandbox, APPROVALS) == approvals


async def test_alert_goes_to_its_channel(sandbox: Sandbox, sqlite_store: SqlStore) -> None:
    await sandbox.slack.invite(BOT, "C0SUPPORT1")
    settings = replace(SETTINGS, alarms=("C0SUPPORT1",), admins=(ADMIN,))
    before = told(sandbox, "C0SUPPORT1")
    async with slack_harness(sandbox, sqlite_store, settings=settings) as room, archived(sandbox, channel=APPROVALS):
        await announce(room)
        await run_due(room)
    [alert] = told(sandbox, "C0SUPPORT1")[len(before) :]
    assert "is_archived" in alert


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_closed_channel_is_told_before_a_post(sandbox: Sandbox, sqlite_store: SqlStore, broken: str) -> None:
    """Once a day, and not any more when it is open again."""
    breakage, _ = BROKEN[broken]
    settings = replace(SETTINGS, alarms=(ADMIN,), admins=(ADMIN,))
    direct = sandbox.slack.direct(ADMIN).id
    before = told(sandbox, direct)
    async with slack_harness(sandbox, sqlite_store, settings=settings) as room:
        await room.flows.channel_watch.look(wall())
        await run_due(room)
        assert told(sandbox, direct) == before
        async with breakage(sandbox, channel=APPROVALS):
            for _ in range(2):
                await room.flows.channel_watch.look(wall())
                await run_due(room)
            await room.flows.channel_watch.look(wall() + timedelta(days=1))
        await run_due(room)
    [alert] = told(sandbox, direct)[len(before) :]
    assert "I can't post into <#C0APPROVAL>" in alert


async def test_a_groups_members_are_told_each(sandbox: Sandbox, sqlite_store: SqlStore) -> None:
    """Also of what an alerts channel doesn't take; an admin who is named as well hears once."""
    people = (ADMIN, StaffId("U0AGENT001"))
    sandbox.slack.groups["S0ADMINS01"] = replace(
        sandbox.slack.groups[SUPPORT_GROUP], id="S0ADMINS01", members=list(people)
    )
    named = ("S0ADMINS01", ADMIN)
    members = MEMBERS | {Role.ADMIN: frozenset(named)}
    for alarms in (named, ("C0NOWHERE1",)):
        settings = replace(SETTINGS, alarms=alarms, admins=named)
        before = {who: told(sandbox, sandbox.slack.direct(who).id) for who in people}
        async with (
            slack_harness(sandbox, sqlite_store, settings=settings, members=members) as room,
            archived(sandbox, channel=APPROVALS),
        ):
            await announce(room)
            await run_due(room)
        for who in people:
            [alert] = told(sandbox, sandbox.slack.direct(who).id)[len(before[who]) :]
            assert "is_archived" in alert
