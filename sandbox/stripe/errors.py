"""Refusals in the words and shapes of Stripe's API."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """A request refused as Stripe refuses it: an HTTP status and the `error` hash of its body."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, Any] = {"message": message, "type": kind}
        if code:
            self.error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"}
        if param:
            self.error["param"] = param


def missing(kind: str, identifier: str, *, param: str | None) -> Refusal:
    """Refuse an id nobody has: 404 in the path (`param` is then "id"), 400 in a parameter."""
    name = kind.replace("_", " ").rpartition(".")[2]
    status = 404 if param in {None, "id"} else 400
    return Refusal(f"No such {name}: '{identifier}'", status=status, code="resource_missing", param=param or "id")
