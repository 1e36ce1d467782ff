"""Who is who, and whose token it is."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.seed import CANCELLATIONS, DISABLED_GROUP, OTHER_TEAM, SUPPORT_GROUP
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.test_chat import refusal


async def test_the_token_is_told_its_workspace(workspace: Workspace, client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == (
        workspace.team_id,
        workspace.bot.id,
        workspace.bot_id,
    )


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive", "invalid_auth"])
async def test_a_broken_token_is_refused_until_it_is_mended(
    workspace: Workspace, client: AsyncWebClient, error: str
) -> None:
    """Slack: errors common to all methods."""
    workspace.break_token(error)
    assert await refusal(client.chat_postMessage(channel=CANCELLATIONS, text="x")) == error
    workspace.mend_token()
    await client.chat_postMessage(channel=CANCELLATIONS, text="x")


async def test_wrong_tokens_and_methods_are_refused(workspace: Workspace, client: AsyncWebClient) -> None:
    """Slack: errors common to all methods."""
    assert await refusal(client.api_call("chat.whisper")) == "unknown_method"
    assert await refusal(client.apps_connections_open(app_token=workspace.installation.bot_token)) == (
        "not_allowed_token_type"
    )
    client.token = "xoxb-other"
    assert await refusal(client.auth_test()) == "invalid_auth"
    client.token = None
    assert await refusal(client.auth_test()) == "not_authed"


async def test_a_missing_scope_is_named_beside_those_held(workspace: Workspace, client: AsyncWebClient) -> None:
    """Slack: missing_scope carries `needed` and `provided`."""
    workspace.installation.manifest["oauth_config"]["scopes"]["bot"] = ["commands"]
    answer = await client._request(  # the SDK raises on ok: false before the body can be read
        http_verb="POST", api_url=f"{client.base_url}users.info", req_args={"headers": _bearer(workspace)}
    )
    assert answer["data"] == {"ok": False, "error": "missing_scope", "needed": "users:read", "provided": "commands"}


@pytest.mark.parametrize(
    ("handle", "flag"),
    [
        ("guest", "is_restricted"),
        ("guest2", "is_ultra_restricted"),
        ("outsider", "is_stranger"),
        ("deactivated", "deleted"),
        ("otherbot", "is_bot"),
        ("admin", "is_admin"),
    ],
)
async def test_people_are_told_apart_by_the_flags_of_the_user_object(
    workspace: Workspace, client: AsyncWebClient, handle: str, flag: str
) -> None:
    """Slack: "User object"."""
    told = (await client.users_info(user=workspace.person(handle).id))["user"]
    assert told[flag]
    assert not (await client.users_info(user="U0AGENT001"))["user"].get(flag)
    assert (told["team_id"] == OTHER_TEAM) == (handle == "outsider")
    assert "email" not in told["profile"], "needs users:read.email"


async def test_a_groups_members_are_told_and_a_disabled_group_is_none(client: AsyncWebClient) -> None:
    """Slack: usergroups.users.list, no_such_subteam."""
    members = await client.usergroups_users_list(usergroup=SUPPORT_GROUP)
    assert members["users"] == ["U0AGENT001", "U0AGENT002"]
    assert await refusal(client.usergroups_users_list(usergroup=DISABLED_GROUP)) == "no_such_subteam"
    listed = (await client.usergroups_list())["usergroups"]
    assert [group["id"] for group in listed] == [SUPPORT_GROUP]


async def test_a_free_workspace_has_no_groups(workspace: Workspace, client: AsyncWebClient) -> None:
    """Slack: usergroups.users.list, plan_upgrade_required."""
    workspace.groups_in_plan = False
    assert await refusal(client.usergroups_users_list(usergroup=SUPPORT_GROUP)) == "plan_upgrade_required"


def _bearer(workspace: Workspace) -> dict[str, str]:
    return {"Authorization": f"Bearer {workspace.installation.bot_token}"}
