"""Slack's rate limits (Slack: "Rate limits")."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.limits import TIER_2
from sandbox.slack.seed import CANCELLATIONS, SUPPORT_GROUP
from sandbox.slack.workspace import Workspace


async def test_more_than_a_short_burst_into_one_channel_is_rate_limited(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    """Slack: "Rate limits": about one message a second and channel, 429 with Retry-After."""
    for number in range(workspace.limits.burst):
        await client.chat_postMessage(channel=CANCELLATIONS, text=str(number))
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=CANCELLATIONS, text="one more")
    assert (caught.value.response.status_code, caught.value.response["error"]) == (429, "ratelimited")
    assert caught.value.response.headers["Retry-After"] == "1"
    await client.chat_postMessage(channel="C0SHARED01", text="another channel")
    assert len(workspace.messages(CANCELLATIONS)) == workspace.limits.burst


async def test_a_method_called_far_more_often_than_its_tier_is_rate_limited(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    workspace.limits.tolerance = 1
    for _ in range(TIER_2):
        await client.usergroups_users_list(usergroup=SUPPORT_GROUP)
    with pytest.raises(SlackApiError) as caught:
        await client.usergroups_users_list(usergroup=SUPPORT_GROUP)
    assert 55 <= int(caught.value.response.headers["Retry-After"]) <= 60
    workspace.limits.enabled = False
    await client.usergroups_users_list(usergroup=SUPPORT_GROUP)
