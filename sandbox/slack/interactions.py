"""What became of something the workspace told the app."""

from dataclasses import dataclass, field
from typing import Any

OPERATION_TIMEOUT = "operation_timeout"
DISPATCH_FAILED = "dispatch_failed"


@dataclass(kw_only=True, eq=False)
class Interaction:
    """One delivery and its acknowledgement.

    `status` is the HTTP status (200 for an acknowledgement over the socket; None when nothing came back), `body`
    what the app answered with, `seen` the error a person is shown ("" when all went well), `signed` and `headers`
    the bytes that went over HTTP.
    """

    kind: str
    payload: dict[str, Any]
    status: int | None = None
    body: Any = None
    took_ms: float = 0.0
    seen: str = ""
    no_retry: bool = False
    signed: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def acknowledged(self) -> bool:
        return self.status == 200

    @property
    def timed_out(self) -> bool:
        return self.seen == OPERATION_TIMEOUT
