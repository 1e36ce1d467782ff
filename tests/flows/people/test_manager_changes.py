"""Each change of who is effectively a manager is recorded, and announced where there is a channel for it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.slack.client import slack_client
from bot.slack.directory import SlackDirectory
from domain.ids import ChannelId, StaffId
from domain.permissions import Role
from flows.effects import AnnounceManagers
from flows.failures import Unavailable, Unclear
from flows.people.manager_changes import ManagerChanges
from flows.ports.store import AuditEntry
from sandbox.server import Sandbox
from storage.store import SqlStore
from tests.builders.context import SETTINGS, a_context
from tests.sandboxes import running

NOW = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
APPROVALS = ChannelId("C0APPROVAL")
GROUP = "S0SUPPORT1"

Look = Callable[..., ManagerChanges]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running() as started:
        yield started


@pytest.fixture
def look(sandbox: Sandbox, sqlite_store: SqlStore) -> Look:
    """A fresh look, with nothing kept of what Slack said before."""

    def managers(*members: str, approvals: ChannelId | None = APPROVALS) -> ManagerChanges:
        client = slack_client(token=sandbox.slack.installation.bot_token, base_url=sandbox.slack_api_url)
        listed = {Role.MANAGER: frozenset(members or {"U0MANAGER1", GROUP})}
        directory = SlackDirectory(client, team_id=sandbox.slack.team_id, members=listed, wall=lambda: NOW)
        return ManagerChanges(
            a_context(sqlite_store, directory=directory, settings=replace(SETTINGS, approvals=approvals))
        )

    return managers


async def told(store: SqlStore) -> tuple[list[AuditEntry], list[AnnounceManagers]]:
    """Return what is in the audit log, and what is to be announced."""
    async with store.begin() as unit:
        rows = await unit.audit.rows(after=0, limit=100)
        effects = [
            row.effect
            for row in await unit.outbox.listed(states=["waiting"], limit=100)
            if isinstance(row.effect, AnnounceManagers)
        ]
    return [row.entry for row in rows], effects


def changed(who: str, outcome: str) -> AuditEntry:
    return AuditEntry(who="directory", action="managers_changed", whom=who, at=NOW, outcome=outcome)


async def test_the_first_look_only_remembers(look: Look, sqlite_store: SqlStore) -> None:
    await look().look(now=NOW)
    await look().look(now=NOW)

    assert await told(sqlite_store) == ([], [])


async def test_each_change_is_announced_once(look: Look, sandbox: Sandbox, sqlite_store: SqlStore) -> None:
    await look().look(now=NOW)
    await sandbox.slack.set_group(GROUP, ["agent", "nobody", "guest"])

    await look().look(now=NOW)
    await look().look(now=NOW)

    assert await told(sqlite_store) == (
        [changed("U0NOBODY01", "became"), changed("U0AGENT002", "ceased")],
        [AnnounceManagers((StaffId("U0NOBODY01"),), (StaffId("U0AGENT002"),), APPROVALS)],
    )


async def test_removed_managers_are_announced(look: Look, sandbox: Sandbox, sqlite_store: SqlStore) -> None:
    await look().look(now=NOW)
    sandbox.slack.deactivate("agent")
    await look(GROUP).look(now=NOW)

    recorded, announced = await told(sqlite_store)

    assert [(entry.whom, entry.outcome) for entry in recorded] == [("U0AGENT001", "ceased"), ("U0MANAGER1", "ceased")]
    assert len(announced) == 1


async def test_without_a_channel_the_record_alone_knows(look: Look, sqlite_store: SqlStore) -> None:
    await look("U0MANAGER1", approvals=None).look(now=NOW)
    await look("U0MANAGER2", approvals=None).look(now=NOW)

    recorded, announced = await told(sqlite_store)

    assert len(recorded) == 2
    assert announced == []


@pytest.mark.parametrize("method", ["users.info", "usergroups.users.list"])
@pytest.mark.parametrize("error", ["internal_error", "ratelimited", "token_revoked", "missing_scope"])
async def test_nothing_changes_while_slack_does_not_say(
    look: Look, sandbox: Sandbox, sqlite_store: SqlStore, method: str, error: str
) -> None:
    await look().look(now=NOW)
    sandbox.faults.add("slack", method, "error", error=error, times=None)

    with pytest.raises((Unavailable, Unclear)):
        await look().look(now=NOW)

    sandbox.faults.clear()
    await look().look(now=NOW)
    assert await told(sqlite_store) == ([], [])
