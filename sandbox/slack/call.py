"""One call of the Web API: its arguments in whichever form they came, and the methods that answer it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.slack.channels import Channel, Kind
from sandbox.slack.refusal import Refusal
from sandbox.slack.workspace import Workspace

Answer = Callable[["Call"], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Call:
    """The arguments of a call and the workspace it is made to."""

    workspace: Workspace
    arguments: dict[str, Any]

    def text(self, name: str, *, missing: str = "invalid_arguments") -> str:
        """Return a required string; raises Refusal `missing` without it."""
        value = self.arguments.get(name)
        if value in (None, ""):
            raise Refusal(missing)
        return str(value)

    def flag(self, name: str) -> bool:
        """Return a boolean in JSON's or a form's spelling; false when absent."""
        return self.arguments.get(name) in (True, "true", "1", 1)

    def count(self, name: str, *, default: int, most: int) -> int:
        """Return a positive number, cut to `most`; raises Refusal `invalid_limit`."""
        try:
            value = int(self.arguments.get(name) or default)
        except ValueError:
            raise Refusal("invalid_limit") from None
        if value < 1:
            raise Refusal("invalid_limit")
        return min(value, most)

    def structure(self, name: str, *, fault: str) -> Any:
        """Return a structured argument, which forms carry as JSON; None if absent, Refusal `fault` if unreadable."""
        value = self.arguments.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise Refusal(fault) from None

    def channel(self, scope: str) -> Channel:
        """Return the conversation named by id, if the app may see it and holds `<kind>:<scope>` for its kind.

        A private conversation the app is not in is `channel_not_found`, as if it did not exist.
        """
        state = self.workspace
        channel = state.channels.get(self.text("channel", missing="channel_not_found"))
        if channel is None or (channel.kind is not Kind.PUBLIC and state.bot.id not in channel.members):
            raise Refusal("channel_not_found")
        self.needs(f"{channel.kind}:{scope}")
        return channel

    def needs(self, scope: str) -> None:
        """Raise Refusal `missing_scope` unless the installation holds the scope."""
        held = self.workspace.installation.scopes
        if scope not in held:
            raise Refusal("missing_scope", needed=scope, provided=",".join(sorted(held)))


@dataclass(frozen=True, kw_only=True)
class Method:
    """How one method is answered: the scope it needs, its tier (calls a minute; 0: its own rules)."""

    answer: Answer
    scope: str | None = None
    tier: int = 0
