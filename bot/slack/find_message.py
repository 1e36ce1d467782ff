"""Find a message that the bot may have posted, by the marker that each of its messages carries."""

from datetime import datetime
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.errors import ask
from domain.cancellations.stored_case import Place
from domain.ids import ChannelId, EffectId

EVENT_TYPE = "winback_effect"
PAGE = 100


def metadata_of(marker: EffectId) -> dict[str, Any]:
    """Return a marker as the metadata of a message."""
    return {"event_type": EVENT_TYPE, "event_payload": {"id": str(marker)}}


def block_id_of(marker: EffectId) -> str:
    """Return a marker for the last block: Slack keeps a block's id even if it ignores unknown metadata."""
    return f"{EVENT_TYPE}_{marker.hex}"


async def find_message(
    client: AsyncWebClient, marker: EffectId, *, channel: ChannelId, thread: str | None, since: datetime
) -> Place | None:
    """Return where the message with a marker is in a channel, or in a thread of it, or None."""
    read = partial(client.conversations_replies, ts=thread) if thread else client.conversations_history
    cursor: str | None = None
    oldest = f"{since.timestamp():.6f}"
    while True:
        answer = read(channel=channel, oldest=oldest, limit=PAGE, cursor=cursor, include_all_metadata=True)
        page = await ask(answer)
        for found in page.get("messages", []):
            if _is_marked(found, marker):
                return Place(channel=channel, ts=found["ts"])
        cursor = page.get("response_metadata", {}).get("next_cursor")
        if not cursor:
            return None


def _is_marked(found: dict[str, Any], marker: EffectId) -> bool:
    metadata = found.get("metadata") or {}
    if metadata.get("event_type") == EVENT_TYPE and metadata.get("event_payload", {}).get("id") == str(marker):
        return True
    return any(block.get("block_id") == block_id_of(marker) for block in found.get("blocks", []))
