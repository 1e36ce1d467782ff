"""What went over the wire between the app and the workspace, for tests and the page to read."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One Web API call (or `response_url` post) with the status and the body that answered it."""

    method: str
    arguments: dict[str, Any]
    status: int
    body: dict[str, Any]
    at: float

    @property
    def outcome(self) -> str:
        """`ok` or Slack's error name."""
        return "ok" if self.body.get("ok") else str(self.body.get("error"))
