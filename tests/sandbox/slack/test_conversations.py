"""Reading channels back, as the bot does after an unclear post."""

from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.seed import APPROVALS, CANCELLATIONS, OTHER_TEAM
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.test_chat import refusal


async def test_history_tells_only_the_event_type_unless_all_metadata_is_asked_for(client: AsyncWebClient) -> None:
    """Slack: "Message metadata", include_all_metadata."""
    metadata = {"event_type": "outbox", "event_payload": {"id": "ob_1"}}
    await client.chat_postMessage(channel=CANCELLATIONS, text="one", metadata=metadata)
    [bare] = (await client.conversations_history(channel=CANCELLATIONS))["messages"]
    [full] = (await client.conversations_history(channel=CANCELLATIONS, include_all_metadata=True))["messages"]
    assert bare["metadata"] == {"event_type": "outbox"}
    assert full["metadata"] == metadata


async def test_history_is_newest_first_and_its_bounds_exclude_unless_inclusive(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    """Slack: conversations.history, oldest, latest, inclusive."""
    first, second, third = [await workspace.say("agent", CANCELLATIONS, text) for text in ("a", "b", "c")]

    async def texts(**bounds: str | bool) -> list[str]:
        answer = await client.api_call("conversations.history", params={"channel": CANCELLATIONS, **bounds})
        return [message["text"] for message in answer["messages"]]

    assert await texts() == ["c", "b", "a"]
    assert await texts(oldest=first.ts, latest=third.ts) == ["b"]
    assert await texts(oldest=first.ts, latest=second.ts, inclusive=True) == ["b", "a"]
    assert await texts(oldest=str(int(float(first.ts)) - 120)) == ["c", "b", "a"]


async def test_history_comes_in_pages(workspace: Workspace, client: AsyncWebClient) -> None:
    """Slack: "Pagination"."""
    for text in "abc":
        await workspace.say("agent", CANCELLATIONS, text)
    page = await client.conversations_history(channel=CANCELLATIONS, limit=2)
    assert page["has_more"]
    rest = await client.conversations_history(
        channel=CANCELLATIONS, limit=2, cursor=page["response_metadata"]["next_cursor"]
    )
    assert not rest["has_more"]
    assert [m["text"] for m in [*page["messages"], *rest["messages"]]] == ["c", "b", "a"]
    assert await refusal(client.conversations_history(channel=CANCELLATIONS, cursor="?")) == "invalid_cursor"


async def test_replies_are_in_the_thread_only(workspace: Workspace, client: AsyncWebClient) -> None:
    """Slack: conversations.history leaves replies out; conversations.replies has them, parent first."""
    parent = await workspace.say("agent", CANCELLATIONS, "parent")
    await client.chat_postMessage(channel=CANCELLATIONS, thread_ts=parent.ts, text="reply")
    [told] = (await client.conversations_history(channel=CANCELLATIONS))["messages"]
    assert (told["text"], told["reply_count"]) == ("parent", 1)
    thread = await client.conversations_replies(channel=CANCELLATIONS, ts=parent.ts)
    assert [message["text"] for message in thread["messages"]] == ["parent", "reply"]
    await workspace.delete_message("agent", parent)
    assert await refusal(client.conversations_replies(channel=CANCELLATIONS, ts=parent.ts)) == "thread_not_found"


async def test_history_needs_membership_and_the_scope_of_the_channels_kind(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    """Slack: conversations.history: not_in_channel; missing_scope names what is needed and what is held."""
    assert await refusal(client.conversations_history(channel="C0GENERAL1")) == "not_in_channel"
    workspace.installation.manifest["oauth_config"]["scopes"]["bot"] = ["channels:history", "chat:write"]
    await client.conversations_history(channel=CANCELLATIONS)
    answer = await client.api_call("auth.test")
    assert answer.headers["x-oauth-scopes"] == "channels:history,chat:write"
    assert await refusal(client.conversations_history(channel=APPROVALS)) == "missing_scope"


async def test_info_tells_private_and_shared_channels(workspace: Workspace, client: AsyncWebClient) -> None:
    """Slack: "Conversation object"; is_ext_shared marks Slack Connect."""
    approvals = (await client.conversations_info(channel=APPROVALS))["channel"]
    assert (approvals["is_private"], approvals["is_ext_shared"], approvals["is_member"]) == (True, False, True)
    await workspace.share_channel(CANCELLATIONS, OTHER_TEAM)
    shared = (await client.conversations_info(channel=CANCELLATIONS))["channel"]
    assert shared["is_ext_shared"]
    assert shared["connected_team_ids"] == [OTHER_TEAM]
    await workspace.kick(workspace.bot, APPROVALS)
    assert await refusal(client.conversations_info(channel=APPROVALS)) == "channel_not_found"


async def test_members_and_lists_leave_out_what_the_app_cannot_see(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    members = (await client.conversations_members(channel=APPROVALS))["members"]
    assert members == ["U0MANAGER1", "U0MANAGER2", "U0ADMIN001", workspace.bot.id]
    await workspace.kick(workspace.bot, APPROVALS)
    listed = await client.conversations_list(types="public_channel,private_channel")
    assert APPROVALS not in [channel["id"] for channel in listed["channels"]]
    assert CANCELLATIONS in [channel["id"] for channel in listed["channels"]]
