"""What Slack says of a channel that the bot posts into, and what of it forbids to post there.

What Slack leaves out counts as forbidden: customers' data must not go where nobody knows who reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.slack.manifest import NAME
from bot.views import texts


@dataclass(frozen=True, slots=True)
class ChannelFault:
    """What is wrong with a channel and how to fix it.

    `code` and `why` say why the bot posts nothing there; they are empty where Slack itself refuses the post.
    """

    sentence: str
    fix: str
    code: str = ""
    why: str = ""


_ARCHIVED = ChannelFault("It is archived.", "Unarchive it, or choose another channel.")
_NOT_IN_IT = ChannelFault("The bot is not in it.", f"Type /invite @{NAME} in it.")
_MEMBER_UNKNOWN = ChannelFault("Slack did not say whether the bot is in it.", f"Type /invite @{NAME} in it.")
_SHARED = ChannelFault(
    "It is shared: customers' data would leave your company.",
    "Choose a channel that is yours alone.",
    "channel_shared",
    texts.CHANNEL_SHARED,
)
_SHARING_UNKNOWN = ChannelFault(
    "Slack did not say whether it is shared.",
    "Nothing is posted there until Slack does: look at the channel's settings, or choose another one.",
    "sharing_unknown",
    texts.SHARING_UNKNOWN,
)
_PUBLIC = ChannelFault("Everybody can read it.", "Choose a private channel.", "channel_public", texts.CHANNEL_PUBLIC)
_PRIVACY_UNKNOWN = ChannelFault(
    "Slack did not say whether it is private.",
    "Nothing is posted there until Slack does: look at the channel's settings, or choose another one.",
    "privacy_unknown",
    texts.PRIVACY_UNKNOWN,
)


def channel_faults(found: Mapping[str, Any], *, must_be_private: bool) -> list[ChannelFault]:
    """Return the faults of a channel as `conversations.info` returns it (Slack: "Conversation object")."""
    faults = [_ARCHIVED] if found.get("is_archived") else []
    if found.get("is_member") is None:
        faults.append(_MEMBER_UNKNOWN)
    elif not found["is_member"]:
        faults.append(_NOT_IN_IT)
    if found.get("is_ext_shared") or found.get("is_pending_ext_shared"):
        faults.append(_SHARED)
    elif found.get("is_ext_shared") is None:
        faults.append(_SHARING_UNKNOWN)
    if must_be_private and found.get("is_private") is None:
        faults.append(_PRIVACY_UNKNOWN)
    elif must_be_private and not found["is_private"]:
        faults.append(_PUBLIC)
    return faults
