"""Posting, editing and deleting, with the SDK's own client."""

from collections.abc import Awaitable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.seed import APPROVALS, CANCELLATIONS
from sandbox.slack.workspace import Workspace

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "A customer cancelled"}}


async def refusal(call: Awaitable[Any]) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_posted_message_stands_in_the_channel_as_slack_tells_it(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    answer = await client.chat_postMessage(channel=CANCELLATIONS, text="Someone left", blocks=[SECTION])
    [message] = workspace.messages("cancellations")
    assert (answer["ts"], answer["channel"]) == (message.ts, CANCELLATIONS)
    told = answer["message"]
    assert told["user"] == workspace.bot.id
    assert told["bot_id"] == workspace.bot_id
    assert told["app_id"] == workspace.installation.app_id
    assert told["blocks"][0]["block_id"], "Slack names blocks the app did not name"


async def test_a_form_body_is_read_like_a_json_body(workspace: Workspace, client: AsyncWebClient) -> None:
    """Slack: "Using the Web API": forms carry structures as JSON."""
    form = {"channel": CANCELLATIONS, "text": "x", "blocks": '[{"type":"divider"}]', "unfurl_links": "false"}
    await client.api_call("chat.postMessage", data=form)
    [message] = workspace.messages(CANCELLATIONS)
    assert message.blocks[0]["type"] == "divider"
    assert not message.unfurl_links


async def test_time_stamps_are_never_the_same_twice(client: AsyncWebClient) -> None:
    stamps = [(await client.chat_postMessage(channel=CANCELLATIONS, text=str(n)))["ts"] for n in range(4)]
    assert sorted(set(stamps)) == stamps


@pytest.mark.parametrize(
    ("channel", "error"),
    [("C0NOWHERE1", "channel_not_found"), ("#cancellations", "channel_not_found"), ("C0GENERAL1", "not_in_channel")],
)
async def test_posting_where_the_app_is_not_is_refused(client: AsyncWebClient, channel: str, error: str) -> None:
    """Slack: chat.postMessage, errors; ids only, as org-ready apps must."""
    assert await refusal(client.chat_postMessage(channel=channel, text="x")) == error


async def test_a_private_channel_the_app_was_removed_from_does_not_exist_for_it(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    """Slack: chat.postMessage, channel_not_found: private conversations are not told apart from missing ones."""
    await workspace.kick(workspace.bot, APPROVALS)
    assert await refusal(client.chat_postMessage(channel=APPROVALS, text="x")) == "channel_not_found"


async def test_an_archived_channel_takes_no_message(workspace: Workspace, client: AsyncWebClient) -> None:
    """Slack: chat.postMessage, is_archived."""
    await workspace.archive(CANCELLATIONS)
    assert await refusal(client.chat_postMessage(channel=CANCELLATIONS, text="x")) == "is_archived"


async def test_a_message_without_text_and_blocks_is_refused(client: AsyncWebClient) -> None:
    """Slack: chat.postMessage, no_text."""
    assert await refusal(client.chat_postMessage(channel=CANCELLATIONS, text="  ")) == "no_text"


async def test_bad_blocks_are_refused_with_the_place_of_the_fault(workspace: Workspace, client: AsyncWebClient) -> None:
    """Slack: chat.postMessage, invalid_blocks with response_metadata.messages."""
    header = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=CANCELLATIONS, text="x", blocks=[header])
    assert caught.value.response["error"] == "invalid_blocks"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    ]
    assert workspace.messages(CANCELLATIONS) == []


async def test_long_text_is_cut_at_forty_thousand_characters(workspace: Workspace, client: AsyncWebClient) -> None:
    """Slack: chat.postMessage: text over 40,000 characters is truncated."""
    await client.chat_postMessage(channel=CANCELLATIONS, text="x" * 40_001)
    assert len(workspace.messages(CANCELLATIONS)[0].text) == 40_000


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ("no json", "invalid_metadata_format"),
        ({"event_type": "outbox"}, "invalid_metadata_format"),
        ({"event_type": "Outbox", "event_payload": {}}, "invalid_metadata_schema"),
        ({"event_type": "outbox", "event_payload": {"id": {"deep": 1}}}, "invalid_metadata_schema"),
        ({"event_type": "outbox", "event_payload": {"id": "x" * 16_000}}, "metadata_too_large"),
    ],
)
async def test_unfit_metadata_is_refused(client: AsyncWebClient, metadata: Any, error: str) -> None:
    """Slack: "Message metadata": snake_case names, flat values."""
    assert await refusal(client.chat_postMessage(channel=CANCELLATIONS, text="x", metadata=metadata)) == error


async def test_an_update_with_text_alone_drops_the_blocks_and_shows_edited(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    """Slack: chat.update: without blocks the old ones go; with blocks no (edited) is shown."""
    posted = await client.chat_postMessage(channel=CANCELLATIONS, text="one", blocks=[SECTION])
    with_blocks = await client.chat_update(channel=CANCELLATIONS, ts=posted["ts"], text="two", blocks=[SECTION])
    assert "edited" not in with_blocks["message"]
    without = await client.chat_update(channel=CANCELLATIONS, ts=posted["ts"], text="three")
    assert "blocks" not in without["message"]
    assert without["message"]["edited"]["user"] == workspace.bot.id


async def test_an_update_keeps_the_metadata_unless_an_empty_object_is_sent(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    """Slack: chat.update, metadata."""
    metadata = {"event_type": "outbox", "event_payload": {"id": "ob_1"}}
    posted = await client.chat_postMessage(channel=CANCELLATIONS, text="one", metadata=metadata)
    await client.chat_update(channel=CANCELLATIONS, ts=posted["ts"], text="two")
    assert workspace.messages(CANCELLATIONS)[0].metadata == metadata
    await client.chat_update(channel=CANCELLATIONS, ts=posted["ts"], text="two", metadata={})
    assert workspace.messages(CANCELLATIONS)[0].metadata is None


async def test_an_update_of_more_than_four_thousand_characters_is_refused(client: AsyncWebClient) -> None:
    """Slack: chat.update, msg_too_long."""
    posted = await client.chat_postMessage(channel=CANCELLATIONS, text="one")
    assert await refusal(client.chat_update(channel=CANCELLATIONS, ts=posted["ts"], text="x" * 4001)) == "msg_too_long"


async def test_a_message_deleted_by_a_person_cannot_be_updated(workspace: Workspace, client: AsyncWebClient) -> None:
    """Slack: chat.update, message_not_found."""
    posted = await client.chat_postMessage(channel=CANCELLATIONS, text="one")
    await workspace.delete_message("admin", workspace.messages(CANCELLATIONS)[0])
    call = client.chat_update(channel=CANCELLATIONS, ts=posted["ts"], text="two")
    assert await refusal(call) == "message_not_found"


async def test_only_the_apps_own_messages_can_be_changed(workspace: Workspace, client: AsyncWebClient) -> None:
    """Slack: chat.update, cant_update_message; chat.delete, cant_delete_message."""
    theirs = await workspace.say("agent", CANCELLATIONS, "hello")
    assert await refusal(client.chat_update(channel=CANCELLATIONS, ts=theirs.ts, text="x")) == "cant_update_message"
    assert await refusal(client.chat_delete(channel=CANCELLATIONS, ts=theirs.ts)) == "cant_delete_message"


async def test_a_message_past_the_edit_window_cannot_be_updated(workspace: Workspace, client: AsyncWebClient) -> None:
    """Slack: chat.update, edit_window_closed."""
    posted = await client.chat_postMessage(channel=CANCELLATIONS, text="one")
    workspace.edit_window = 0
    call = client.chat_update(channel=CANCELLATIONS, ts=posted["ts"], text="two")
    assert await refusal(call) == "edit_window_closed"


async def test_direct_messages_are_posted_by_person_and_updated_by_conversation(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    """Slack: chat.update: messages in DMs need the D… id."""
    posted = await client.chat_postMessage(channel="U0AGENT001", text="for you")
    assert posted["channel"] == (await client.conversations_open(users="U0AGENT001"))["channel"]["id"]
    call = client.chat_update(channel="U0AGENT001", ts=posted["ts"], text="two")
    assert await refusal(call) == "channel_not_found"
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="two")


async def test_an_ephemeral_is_seen_by_one_and_found_by_nobody(workspace: Workspace, client: AsyncWebClient) -> None:
    """Slack: chat.postEphemeral: not stored, not to be updated."""
    answer = await client.chat_postEphemeral(channel=CANCELLATIONS, user="U0AGENT001", text="psst")
    assert [message.text for message in workspace.ephemerals("agent")] == ["psst"]
    assert workspace.ephemerals("manager") == []
    assert (await client.conversations_history(channel=CANCELLATIONS))["messages"] == []
    call = client.chat_update(channel=CANCELLATIONS, ts=answer["message_ts"], text="x")
    assert await refusal(call) == "message_not_found"
    workspace.reload("agent")
    assert workspace.ephemerals("agent") == []


async def test_an_ephemeral_for_somebody_outside_the_channel_is_refused(client: AsyncWebClient) -> None:
    """Slack: chat.postEphemeral, user_not_in_channel."""
    call = client.chat_postEphemeral(channel=APPROVALS, user="U0AGENT001", text="psst")
    assert await refusal(call) == "user_not_in_channel"


async def test_a_reply_needs_its_parent(client: AsyncWebClient) -> None:
    call = client.chat_postMessage(channel=CANCELLATIONS, text="x", thread_ts="1.000001")
    assert await refusal(call) == "thread_not_found"
