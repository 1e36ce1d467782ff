"""The Web API's `chat.*`: posting, editing, deleting, and messages for one person only."""

import json
import re
import time
from typing import Any

from sandbox.slack import answers
from sandbox.slack.call import Call, Method
from sandbox.slack.channels import Channel
from sandbox.slack.limits import TIER_3, TIER_4
from sandbox.slack.messages import Message
from sandbox.slack.refusal import Refusal

MOST_IN_UPDATE = 4000
LARGEST_METADATA = 16_000
_SNAKE = re.compile(r"[a-z][a-z0-9_]{0,49}")


def post_message(call: Call) -> dict[str, Any]:
    """Post into a channel, or into the direct messages with a person whose id is given as channel."""
    state = call.workspace
    channel = _channel(call, people_too=True)
    if state.bot.id not in channel.members:
        raise Refusal("not_in_channel")
    if channel.is_archived:
        raise Refusal("is_archived")
    state.limits.post(channel.id)
    content = _content(call) | {"thread_ts": _thread(call, channel), "metadata": _metadata(call)}
    message = state.post_as_app(channel, content)
    return {"channel": channel.id, "ts": message.ts, "message": message.as_json()}


def post_ephemeral(call: Call) -> dict[str, Any]:
    """Show a message to one member of the channel."""
    state = call.workspace
    channel = _channel(call)
    if state.bot.id not in channel.members:
        raise Refusal("not_in_channel")
    if channel.is_archived:
        raise Refusal("is_archived")
    person = state.people.get(call.text("user"))
    if person is None or person.deleted or person.id not in channel.members:
        raise Refusal("user_not_in_channel")
    content = _content(call) | {"thread_ts": _thread(call, channel)}
    return {"message_ts": state.post_as_app(channel, content, only_for=person.id).ts}


def update(call: Call) -> dict[str, Any]:
    """Edit one of the app's own messages; metadata stays unless given, and goes when given empty."""
    state = call.workspace
    message = _own_message(call, "cant_update_message")
    if state.channel(message.channel).is_archived:
        raise Refusal("is_inactive")
    if state.edit_window is not None and time.time() - message.posted_at > state.edit_window:
        raise Refusal("edit_window_closed")
    if len(str(call.arguments.get("text") or "")) > MOST_IN_UPDATE:
        raise Refusal("msg_too_long")
    content = _content(call)
    if call.arguments.get("metadata") is not None:
        message.metadata = _metadata(call)
    answers.rewrite(state, message, content)
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": message.as_json()}


def delete(call: Call) -> dict[str, Any]:
    """Delete one of the app's own messages."""
    message = _own_message(call, "cant_delete_message")
    call.workspace.drop(message)
    return {"channel": message.channel, "ts": message.ts}


METHODS = {
    "chat.postMessage": Method(answer=post_message, scope="chat:write"),
    "chat.postEphemeral": Method(answer=post_ephemeral, scope="chat:write", tier=TIER_4),
    "chat.update": Method(answer=update, scope="chat:write", tier=TIER_3),
    "chat.delete": Method(answer=delete, scope="chat:write", tier=TIER_3),
}


def _channel(call: Call, *, people_too: bool = False) -> Channel:
    state = call.workspace
    named = call.text("channel", missing="channel_not_found")
    if people_too and named in state.people:
        if state.people[named].deleted or state.people[named].is_bot:
            raise Refusal("channel_not_found")
        return state.direct(named)
    channel = state.channels.get(named)
    if channel is None or (channel.is_private and state.bot.id not in channel.members):
        raise Refusal("channel_not_found")
    return channel


def _own_message(call: Call, error: str) -> Message:
    state = call.workspace
    channel = _channel(call)
    message = state.message(channel, call.text("ts"))
    if message is None or message.only_for:
        raise Refusal("message_not_found")
    if message.user != state.bot.id:
        raise Refusal(error)
    return message


def _content(call: Call) -> dict[str, Any]:
    arguments = dict(call.arguments)
    for name in ("unfurl_links", "unfurl_media"):
        if name in arguments:
            arguments[name] = call.flag(name)
    return answers.message_content(call.workspace, arguments)


def _thread(call: Call, channel: Channel) -> str | None:
    ts = call.arguments.get("thread_ts")
    if not ts:
        return None
    if call.workspace.message(channel, str(ts)) is None:
        raise Refusal("thread_not_found")
    return str(ts)


def _metadata(call: Call) -> dict[str, Any] | None:
    metadata = call.structure("metadata", fault="invalid_metadata_format")
    if not metadata:
        return None
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        raise Refusal("invalid_metadata_format")
    kind, payload = metadata["event_type"], metadata["event_payload"]
    if not isinstance(kind, str) or not isinstance(payload, dict):
        raise Refusal("invalid_metadata_format")
    named_well = all(_SNAKE.fullmatch(name) for name in (kind, *payload))
    if not named_well or any(isinstance(value, dict | list) for value in payload.values()):
        raise Refusal("invalid_metadata_schema")
    if len(json.dumps(metadata)) > LARGEST_METADATA:
        raise Refusal("metadata_too_large")
    return metadata
