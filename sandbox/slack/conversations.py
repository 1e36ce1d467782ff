"""The Web API's `conversations.*`: what is in a channel, what it is and who is in it."""

import base64
import binascii
from typing import Any

from sandbox.slack.call import Call, Method
from sandbox.slack.channels import Channel, Kind
from sandbox.slack.limits import TIER_2, TIER_3, TIER_4
from sandbox.slack.messages import Message
from sandbox.slack.refusal import Refusal

DEFAULT_PAGE = 100
MOST_PER_PAGE = 999


def history(call: Call) -> dict[str, Any]:
    """Return the channel's own messages (no replies, no ephemerals), newest first."""
    channel = _member_channel(call)
    found = [message for message in reversed(call.workspace.messages(channel)) if _within(call, message)]
    page, onward = _page(call, found)
    return {"messages": [_told(call, message) for message in page], "pin_count": 0} | onward


def replies(call: Call) -> dict[str, Any]:
    """Return a thread, its parent first; Refusal `thread_not_found` when there is no such message."""
    channel = _member_channel(call)
    parent = call.workspace.message(channel, call.text("ts"))
    if parent is None or parent.only_for:
        raise Refusal("thread_not_found")
    found = [message for message in call.workspace.replies(parent) if _within(call, message)]
    page, onward = _page(call, [parent, *found])
    return {"messages": [_told(call, message) for message in page]} | onward


def info(call: Call) -> dict[str, Any]:
    channel = call.channel("read")
    told = channel.as_json(reader=call.workspace.bot.id)
    if call.flag("include_num_members"):
        told["num_members"] = len(channel.members)
    return {"channel": told}


def members(call: Call) -> dict[str, Any]:
    channel = call.channel("read")
    page, onward = _page(call, list(channel.members))
    return {"members": page} | {"response_metadata": onward.get("response_metadata", {"next_cursor": ""})}


def list_all(call: Call) -> dict[str, Any]:
    """Return the conversations of the asked-for types that the app may know of."""
    state = call.workspace
    kinds = {"public_channel": Kind.PUBLIC, "private_channel": Kind.PRIVATE, "im": Kind.DIRECT}
    wanted = str(call.arguments.get("types") or "public_channel").split(",")
    if not set(wanted) <= set(kinds):
        raise Refusal("invalid_types")
    for kind in wanted:
        call.needs(f"{kinds[kind]}:read")
    found = [
        channel
        for channel in state.channels.values()
        if channel.kind in {kinds[kind] for kind in wanted}
        and (not channel.is_private or state.bot.id in channel.members)
        and not (call.flag("exclude_archived") and channel.is_archived)
    ]
    page, onward = _page(call, found)
    told = [channel.as_json(reader=state.bot.id) for channel in page]
    return {"channels": told, "response_metadata": onward.get("response_metadata", {"next_cursor": ""})}


def open_direct(call: Call) -> dict[str, Any]:
    """Open the direct messages with one person."""
    person = call.workspace.people.get(call.text("users", missing="users_list_not_supplied"))
    if person is None:
        raise Refusal("user_not_found")
    if person.deleted:
        raise Refusal("user_disabled")
    return {"channel": {"id": call.workspace.direct(person).id}}


METHODS = {
    "conversations.history": Method(answer=history, tier=TIER_3),
    "conversations.replies": Method(answer=replies, tier=TIER_3),
    "conversations.info": Method(answer=info, tier=TIER_3),
    "conversations.members": Method(answer=members, tier=TIER_4),
    "conversations.list": Method(answer=list_all, tier=TIER_2),
    "conversations.open": Method(answer=open_direct, scope="im:write", tier=TIER_3),
}


def _member_channel(call: Call) -> Channel:
    channel = call.channel("history")
    if call.workspace.bot.id not in channel.members:
        raise Refusal("not_in_channel")
    return channel


def _within(call: Call, message: Message) -> bool:
    oldest, latest = call.arguments.get("oldest"), call.arguments.get("latest")
    if message.ts in {oldest, latest}:
        return call.flag("inclusive")
    return (not oldest or _moment(message.ts) > _moment(oldest)) and (
        not latest or _moment(message.ts) < _moment(latest)
    )


def _moment(ts: Any) -> int:
    """Return a time stamp in whole microseconds; a float would not hold them."""
    seconds, _, fraction = str(ts).partition(".")
    try:
        return int(seconds) * 1_000_000 + int(fraction[:6].ljust(6, "0"))
    except ValueError:
        raise Refusal("invalid_ts_oldest") from None


def _page(call: Call, found: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    start = _place(call.arguments.get("cursor"))
    limit = call.count("limit", default=DEFAULT_PAGE, most=MOST_PER_PAGE)
    page, more = found[start : start + limit], len(found) > start + limit
    onward: dict[str, Any] = {"has_more": more}
    if more:
        cursor = base64.b64encode(f"next:{start + limit}".encode()).decode()
        onward["response_metadata"] = {"next_cursor": cursor}
    return page, onward


def _place(cursor: Any) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(str(cursor), validate=True).decode().removeprefix("next:"))
    except (binascii.Error, ValueError):
        raise Refusal("invalid_cursor") from None


def _told(call: Call, message: Message) -> dict[str, Any]:
    return message.as_json(all_metadata=call.flag("include_all_metadata"), replies=call.workspace.replies(message))
