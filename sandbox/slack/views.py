"""Modals and home tabs: what is open in front of whom, and what has been typed into it."""

import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.messages import with_ids


@dataclass(kw_only=True, eq=False)
class View:
    """A modal or a home tab. `state` is what the person has put in, in the shape of `state.values`."""

    id: str
    user: str
    team_id: str
    app_id: str
    bot_id: str
    content: dict[str, Any]
    previous: "View | None" = None
    state: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    hash: str = ""

    def __post_init__(self) -> None:
        self.show(self.content)

    @property
    def type(self) -> str:
        return str(self.content["type"])

    @property
    def blocks(self) -> list[dict[str, Any]]:
        blocks: list[dict[str, Any]] = self.content["blocks"]
        return blocks

    @property
    def callback_id(self) -> str:
        return str(self.content.get("callback_id") or "")

    @property
    def external_id(self) -> str:
        return str(self.content.get("external_id") or "")

    @property
    def root(self) -> "View":
        return self.previous.root if self.previous else self

    def title(self) -> str:
        title = self.content.get("title")
        return str(title["text"]) if title else ""

    def show(self, content: dict[str, Any]) -> None:
        """Replace what the view shows; typed input stays where block_id and action_id stay equal."""
        self.content = content | {"blocks": with_ids(content["blocks"])}
        kept = {(block["block_id"], element["action_id"]) for block, element in elements(self.blocks)}
        self.state = {
            block_id: left
            for block_id, typed in self.state.items()
            if (left := {action_id: value for action_id, value in typed.items() if (block_id, action_id) in kept})
        }
        self.errors = {}
        digest = hashlib.sha256(json.dumps([content, time.time_ns()]).encode()).hexdigest()[:8]
        self.hash = f"{int(time.time())}.{digest}"

    def as_json(self) -> dict[str, Any]:
        """Return the view object that the Web API answers and payloads carry."""
        return {
            "id": self.id,
            "team_id": self.team_id,
            "type": self.type,
            "blocks": self.blocks,
            "private_metadata": self.content.get("private_metadata") or "",
            "callback_id": self.callback_id,
            "state": {"values": self.state},
            "hash": self.hash,
            "title": self.content.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
            "clear_on_close": bool(self.content.get("clear_on_close")),
            "notify_on_close": bool(self.content.get("notify_on_close")),
            "close": self.content.get("close"),
            "submit": self.content.get("submit"),
            "previous_view_id": self.previous.id if self.previous else None,
            "root_view_id": self.root.id,
            "app_id": self.app_id,
            "external_id": self.external_id,
            "app_installed_team_id": self.team_id,
            "bot_id": self.bot_id,
        }


def elements(blocks: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return every interactive element with the block it stands in."""
    found: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for block in blocks:
        if block["type"] in {"actions", "context_actions"}:
            found += [(block, element) for element in block["elements"]]
        elif block["type"] == "section" and "action_id" in (block.get("accessory") or {}):
            found.append((block, block["accessory"]))
        elif block["type"] == "input":
            found.append((block, block["element"]))
    return found
