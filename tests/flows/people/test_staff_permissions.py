"""Deny by default: people without a role may do nothing, whatever the settings say, and that is recorded."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.slack.client import slack_client
from bot.slack.directory import SlackDirectory
from domain.ids import StaffId
from domain.permissions import Action, Role, allowed
from flows.people.staff_permissions import StaffPermissions
from flows.ports import Staff
from flows.ports.store import AuditEntry
from sandbox.server import Sandbox
from storage.store import SqlStore
from tests.builders.context import a_context
from tests.sandboxes import running

NOW = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
TEAM = "T0WINBACK1"
STRANGERS = {
    ("U0GUEST001", TEAM): "guest",
    ("U0GUEST002", TEAM): "guest",
    ("U0OTHERBOT", TEAM): "bot",
    ("U0GONE0001", TEAM): "deactivated",
    ("U0OUTSIDE1", TEAM): "outsider",
    ("U0AGENT001", "T0OUTSIDE1"): "outsider",
    ("U0UNHEARD1", TEAM): "unknown",
}
BY_ID = frozenset(who for who, team in STRANGERS if team == TEAM)
"""Even who is named in the settings has a role only while Slack vouches for them."""


@pytest.fixture(scope="module")
async def module_sandbox() -> AsyncIterator[Sandbox]:
    async with running() as started:
        yield started


@pytest.fixture
def permission(module_sandbox: Sandbox, sqlite_store: SqlStore) -> StaffPermissions:
    module_sandbox.faults.clear()
    slack = module_sandbox.slack
    client = slack_client(token=slack.installation.bot_token, base_url=module_sandbox.slack_api_url)
    members = {
        Role.SUPPORT: BY_ID | {"U0AGENT001"},
        Role.MANAGER: BY_ID | {"U0MANAGER1", "U0MANAGER2"},
        Role.ADMIN: BY_ID | {"U0ADMIN001"},
    }
    directory = SlackDirectory(client, team_id=TEAM, members=members, wall=lambda: NOW)
    return StaffPermissions(a_context(sqlite_store, directory=directory, wall=lambda: NOW))


async def record(store: SqlStore) -> list[AuditEntry]:
    async with store.read() as unit:
        return [row.entry for row in await unit.audit.rows(after=0, limit=1000)]


@pytest.mark.parametrize(("who", "team"), STRANGERS)
async def test_outsiders_may_do_nothing(
    permission: StaffPermissions, sqlite_store: SqlStore, who: str, team: str
) -> None:
    staff = Staff(id=StaffId(who), team_id=team)
    why = STRANGERS[who, team]

    for action in Action:
        denial = await permission.denial(staff, action, whom="cus_1", now=NOW)
        assert denial is not None
        assert denial.why == why
        assert not await permission.may(staff, action)

    assert await record(sqlite_store) == [
        AuditEntry(who=who, action=action.value, whom="cus_1", at=NOW, outcome="denied", note=why) for action in Action
    ]


@pytest.mark.parametrize(
    ("who", "roles"),
    [
        ("U0AGENT001", {Role.SUPPORT}),
        ("U0MANAGER1", {Role.MANAGER}),
        ("U0ADMIN001", {Role.ADMIN}),
        ("U0NOBODY01", set()),
    ],
)
async def test_a_member_may_what_their_roles_may(
    permission: StaffPermissions, sqlite_store: SqlStore, who: str, roles: set[Role]
) -> None:
    staff = Staff(id=StaffId(who), team_id=TEAM)

    denials = {action: await permission.denial(staff, action, now=NOW) for action in Action}

    assert {action for action, denial in denials.items() if denial is None} == {
        action for action in Action if allowed(action, roles)
    }
    assert {denial.why for denial in denials.values() if denial} == {"no_role"}
    assert len(await record(sqlite_store)) == sum(denial is not None for denial in denials.values())


async def test_denial_names_three_people_to_ask(permission: StaffPermissions) -> None:
    nobody = Staff(id=StaffId("U0NOBODY01"), team_id=TEAM)

    by_support = await permission.denial(nobody, Action.PORTAL_LINK, now=NOW)
    by_admin = await permission.denial(nobody, Action.AUDIT, now=NOW)

    assert by_support is not None
    assert by_admin is not None
    assert len(by_support.ask) == 3
    assert by_admin.ask == ("U0ADMIN001",)


@pytest.mark.parametrize("error", ["internal_error", "ratelimited", "token_revoked", "missing_scope", "user_not_found"])
async def test_doubt_means_no(
    permission: StaffPermissions, module_sandbox: Sandbox, sqlite_store: SqlStore, error: str
) -> None:
    agent = Staff(id=StaffId("U0AGENT001"), team_id=TEAM)
    module_sandbox.faults.add("slack", "users.info", "error", error=error, times=None)

    denial = await permission.denial(agent, Action.PORTAL_LINK, now=NOW)

    assert denial is not None
    assert denial.why == "unknown"
    assert [(entry.outcome, entry.note) for entry in await record(sqlite_store)] == [("denied", "unknown")]
    module_sandbox.faults.clear()
    again = await permission.denial(agent, Action.PORTAL_LINK, now=NOW)
    assert (again is None) == (error != "user_not_found")  # that one was an answer, and answers are kept for a minute


async def test_denials_are_recorded_once_a_minute(permission: StaffPermissions, sqlite_store: SqlStore) -> None:
    staff = Staff(id=StaffId("U0NOBODY01"), team_id=None)
    for seconds in (0, 20, 59, 60):
        at = NOW.replace(second=0) + timedelta(seconds=seconds)
        assert await permission.denial(staff, Action.PORTAL_LINK, whom=f"cus_{seconds}", now=at) is not None
    await permission.denial(staff, Action.STATS, now=NOW.replace(second=0))

    told = [(entry.action, entry.whom) for entry in await record(sqlite_store)]
    assert told == [("portal_link", "cus_0"), ("portal_link", "cus_60"), ("stats", None)]
