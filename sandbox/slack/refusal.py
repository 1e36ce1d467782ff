"""How the workspace says no: Slack's error names with what goes beside them."""

from typing import Any


class Refusal(Exception):
    """An `ok: false` answer; `messages` become `response_metadata.messages`, `more` joins the body."""

    def __init__(
        self, error: str, *, messages: list[str] | None = None, retry_after: int | None = None, **more: Any
    ) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages or []
        self.retry_after = retry_after
        self.more = more

    @property
    def status(self) -> int:
        """429 for rate limits; everything else Slack answers with 200."""
        return 429 if self.retry_after is not None else 200

    @property
    def body(self) -> dict[str, Any]:
        told: dict[str, Any] = {"ok": False, "error": self.error} | self.more
        if self.messages:
            told["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return told
