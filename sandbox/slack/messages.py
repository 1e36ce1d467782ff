"""Messages, those only one person sees among them, and their time stamps."""

import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

NOT_DISPLAYABLE = "This content can't be displayed."


@dataclass(kw_only=True, eq=False)
class Message:
    """One message; with `only_for` it is ephemeral and neither kept nor found by the Web API."""

    ts: str
    channel: str
    user: str
    team_id: str
    text: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    thread_ts: str | None = None
    app_id: str | None = None
    bot_id: str | None = None
    bot_name: str = ""
    only_for: str | None = None
    edited_ts: str | None = None
    edited_flag: bool = False
    posted_at: float = field(default_factory=time.time)
    unfurl_links: bool = True
    unfurl_media: bool = True
    state: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    def as_json(self, *, all_metadata: bool = True, replies: "list[Message] | None" = None) -> dict[str, Any]:
        """Return the message object; without `all_metadata` it has only the event type (Slack: "Message metadata")."""
        told: dict[str, Any] = {"user": self.user, "type": "message", "ts": self.ts}
        if self.bot_id:
            told |= {"bot_id": self.bot_id, "app_id": self.app_id}
        told |= {"text": self.text, "team": self.team_id}
        if self.bot_id:
            told["bot_profile"] = {
                "id": self.bot_id,
                "app_id": self.app_id,
                "user_id": self.user,
                "name": self.bot_name,
                "icons": {},
                "deleted": False,
                "updated": int(self.posted_at),
                "team_id": self.team_id,
            }
        if self.edited_flag and self.edited_ts:
            told["edited"] = {"user": self.user, "ts": self.edited_ts}
        if self.blocks:
            told["blocks"] = self.blocks
        if self.metadata:
            told["metadata"] = self.metadata if all_metadata else {"event_type": self.metadata["event_type"]}
        if self.thread_ts:
            told["thread_ts"] = self.thread_ts
        if replies:
            authors = list(dict.fromkeys(reply.user for reply in replies))
            told |= {
                "thread_ts": self.ts,
                "reply_count": len(replies),
                "reply_users_count": len(authors),
                "latest_reply": replies[-1].ts,
                "reply_users": authors,
                "is_locked": False,
                "subscribed": False,
            }
        return told


class Stamps:
    """Hands out message time stamps: the wall clock in microseconds, never the same twice."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> str:
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"


def with_ids(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each block and interactive element the id that Slack makes up where the app gave none.

    Slack's are random; these follow from place and content, so that equal cards stay equal.
    """
    named = json.loads(json.dumps(blocks))
    for place, block in enumerate(named):
        block.setdefault("block_id", _made_up(place, block))
        elements = [*(block.get("elements") or []), block.get("accessory"), block.get("element")]
        for index, element in enumerate(elements):
            if block["type"] in {"actions", "section", "input"} and isinstance(element, dict):
                element.setdefault("action_id", _made_up(index, [block["block_id"], element]))
    return list(named)


def _made_up(place: int, content: object) -> str:
    return hashlib.sha256(f"{place}{json.dumps(content, sort_keys=True)}".encode()).hexdigest()[:5]
