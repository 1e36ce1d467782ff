"""Idempotency keys: the first answer to a key is kept and given again."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import DAY, Json

KEPT_FOR = DAY  # Stripe: Idempotent requests


@dataclass
class Answer:
    """What a key's first request asked, when, and what it was told; no status while it is under way."""

    asked: tuple[str, str, str]
    at: int
    status: int | None = None
    body: Json | None = None


class Idempotency:
    """The keys of the last 24 hours."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}

    def begin(self, key: str, asked: tuple[str, str, str], now: int) -> Answer | None:
        """Claim a key for a request (method, path, parameters), or hand back the answer it had before.

        Raises:
            Refusal: the key belongs to another request, or its first one is still under way (409).
        """
        if len(key) > 255:  # Stripe: Idempotent requests
            raise Refusal("Idempotency keys must be at most 255 characters.", kind="idempotency_error")
        before = self._answers.get(key)
        if before is None or before.at + KEPT_FOR <= now:
            self._answers[key] = Answer(asked, now)
            return None
        if before.asked != asked:
            raise Refusal(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
                f"using a key other than '{key}' if you meant to execute a different request.",
                kind="idempotency_error",
            )
        if before.status is None:
            raise Refusal(
                f"There is currently another in-progress request using this Idempotent Key (that probably means you "
                f"submitted twice, and the other request is still going through): {key}.",
                status=409,
                kind="idempotency_error",
                code="idempotency_key_in_use",
            )
        return before

    def keep(self, key: str, status: int, body: Json) -> None:
        """Keep the answer to the key's first request, whatever it was."""
        self._answers[key].status = status
        self._answers[key].body = body
