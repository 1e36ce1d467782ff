"""Who somebody is, as Slack confirms it (Slack: "User type", usergroups.users.list)."""

from datetime import timedelta

import pytest

from bot.slack.client import slack_client
from bot.slack.directory import SlackDirectory, denial_reason
from domain.ids import StaffId
from domain.permissions import Role
from flows.failures import Unavailable
from flows.ports import NotStaff, Staff
from sandbox.server import Sandbox
from sandbox.slack.workspace import Workspace
from tests.bot.harness import MEMBERS, TEAM, wall


class Minutes:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = wall()

    def __call__(self) -> object:
        return self.now


@pytest.fixture
def minutes() -> Minutes:
    return Minutes()


@pytest.fixture
def directory(sandbox: Sandbox, minutes: Minutes) -> SlackDirectory:
    client = slack_client(token=sandbox.slack.installation.bot_token, base_url=sandbox.slack_api_url)
    return SlackDirectory(client, team_id=TEAM, members=MEMBERS, wall=minutes)  # type: ignore[arg-type]  # a clock of its own


def staff(who: str, team: str = TEAM) -> Staff:
    return Staff(id=StaffId(who), team_id=team)


@pytest.mark.parametrize(
    ("who", "team", "answer"),
    [
        ("U0AGENT001", TEAM, frozenset({Role.SUPPORT})),
        ("U0MANAGER1", TEAM, frozenset({Role.MANAGER})),
        ("U0ADMIN001", TEAM, frozenset({Role.ADMIN})),
        ("U0NOBODY01", TEAM, frozenset()),
        ("U0GUEST001", TEAM, NotStaff(why="guest")),
        ("U0GUEST002", TEAM, NotStaff(why="guest")),
        ("U0GONE0001", TEAM, NotStaff(why="deactivated")),
        ("U0OTHERBOT", TEAM, NotStaff(why="bot")),
        ("U0OUTSIDE1", TEAM, NotStaff(why="outsider")),
        ("U0OUTSIDE1", "T0OUTSIDE1", NotStaff(why="outsider")),
        ("U0AGENT001", "T0OUTSIDE1", NotStaff(why="outsider")),
        ("U0UNHEARD1", TEAM, NotStaff(why="unknown")),
    ],
)
async def test_each_kind_of_person(directory: SlackDirectory, who: str, team: str, answer: object) -> None:
    assert await directory.roles(staff(who, team)) == answer


HOME, ORGANISATION = "T0HOMEWS01", "E0GRID0001"


@pytest.mark.parametrize(
    ("teams", "clicked_from", "answer"),
    [
        ([HOME, TEAM], HOME, frozenset({Role.MANAGER})),
        ([HOME, TEAM], TEAM, frozenset({Role.MANAGER})),
        ([HOME, TEAM], "T0OUTSIDE1", NotStaff(why="outsider")),
        ([HOME, "T0THIRDWS1"], HOME, NotStaff(why="outsider")),
        ([HOME, "T0THIRDWS1"], TEAM, NotStaff(why="outsider")),
        ([], HOME, NotStaff(why="outsider")),
    ],
)
async def test_on_grid_ones_workspaces_decide(
    slack: Workspace, directory: SlackDirectory, teams: list[str], clicked_from: str, answer: object
) -> None:
    person = slack.person("manager")
    person.team_id, person.enterprise_id, person.teams = HOME, ORGANISATION, teams
    try:
        assert await directory.roles(staff("U0MANAGER1", clicked_from)) == answer
        assert ("U0MANAGER1" in await directory.members(Role.MANAGER)) == (TEAM in teams)
    finally:
        person.team_id, person.enterprise_id, person.teams = TEAM, None, []


async def test_only_active_members_have_roles(directory: SlackDirectory) -> None:
    assert await directory.members(Role.SUPPORT) == {"U0AGENT001", "U0AGENT002"}


async def test_group_change_counts_within_a_minute(
    slack: Workspace, directory: SlackDirectory, minutes: Minutes
) -> None:
    group = slack.groups["S0SUPPORT1"]
    before = list(group.members)
    try:
        assert await directory.roles(staff("U0AGENT002")) == frozenset({Role.SUPPORT})
        group.members = ["U0AGENT001"]
        assert await directory.roles(staff("U0AGENT002")) == frozenset({Role.SUPPORT})
        minutes.now += timedelta(seconds=60)
        assert await directory.roles(staff("U0AGENT002")) == frozenset()
        group.members = before
        assert await directory.roles(staff("U0AGENT002")) == frozenset()
        directory.forget()
        assert await directory.roles(staff("U0AGENT002")) == frozenset({Role.SUPPORT})
    finally:
        group.members = before


async def test_a_disabled_group_has_nobody(sandbox: Sandbox) -> None:
    client = slack_client(token=sandbox.slack.installation.bot_token, base_url=sandbox.slack_api_url)
    disabled = SlackDirectory(
        client, team_id=TEAM, members={Role.SUPPORT: frozenset({"S0FORMER01", "S0UNHEARD1"})}, wall=wall
    )

    assert await disabled.roles(staff("U0NOBODY01")) == frozenset()


async def test_unreadable_group_spares_named_members(sandbox: Sandbox, directory: SlackDirectory) -> None:
    sandbox.faults.add("slack", "usergroups.users.list", "status", status=503, times=None)

    with pytest.raises(Unavailable):
        await directory.roles(staff("U0AGENT001"))
    assert await directory.roles(staff("U0MANAGER1")) == frozenset({Role.MANAGER})


async def test_a_failure_is_not_remembered(sandbox: Sandbox, directory: SlackDirectory) -> None:
    sandbox.faults.add("slack", "usergroups.users.list", "status", status=503)

    with pytest.raises(Unavailable):
        await directory.roles(staff("U0AGENT001"))
    assert await directory.roles(staff("U0AGENT001")) == frozenset({Role.SUPPORT})


async def test_a_member_is_named_for_emails(directory: SlackDirectory) -> None:
    assert await directory.name(StaffId("U0AGENT001")) == "Ada Agent"
    assert await directory.name(StaffId("U0UNHEARD1")) == "a colleague"


FULL_MEMBER = {"id": "U1", "team_id": TEAM, "deleted": False, "is_bot": False, "is_restricted": False}


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, None),
        ({"team_id": "E0GRID", "enterprise_user": {"teams": [TEAM]}}, None),
        ({"team_id": "E0GRID", "enterprise_user": {"teams": ["T0OTHER"]}}, "outsider"),
        ({"team_id": "T0HOMEWS01", "enterprise_user": {"teams": ["T0HOMEWS01", TEAM]}}, None),
        ({"team_id": None, "enterprise_user": None}, "outsider"),
        ({"team_id": None, "enterprise_user": {"teams": None}}, "outsider"),
        ({"enterprise_user": {}}, None),
        ({"is_stranger": True}, "outsider"),
        ({"is_invited_user": True}, "guest"),
        ({"is_ultra_restricted": True}, "guest"),
        ({"is_workflow_bot": True}, "bot"),
        ({"id": "USLACKBOT"}, "bot"),
        ({"id": ""}, "unknown"),
    ],
)
def test_each_flag_of_a_user_object(more: dict[str, object], why: str | None) -> None:
    assert denial_reason(FULL_MEMBER | more, team_id=TEAM) == why


@pytest.mark.parametrize("missing", ["team_id", "deleted", "is_bot", "is_restricted"])
def test_missing_user_fields_deny(missing: str) -> None:
    assert denial_reason({key: value for key, value in FULL_MEMBER.items() if key != missing}, team_id=TEAM) is not None


async def test_nobody_is_anybody_till_slack_has_answered(sandbox: Sandbox) -> None:
    """Whoever Slack names while we don't know which workspace is ours may be an outsider, or no longer a manager."""
    client = slack_client(token=sandbox.slack.installation.bot_token, base_url=sandbox.slack_api_url)
    directory = SlackDirectory(client, team_id=None, members=MEMBERS, wall=wall)
    with pytest.raises(Unavailable):
        await directory.roles(staff("U0AGENT001"))
    with pytest.raises(Unavailable):
        await directory.members(Role.MANAGER)

    directory.join(TEAM)
    assert await directory.roles(staff("U0AGENT001")) == frozenset({Role.SUPPORT})
