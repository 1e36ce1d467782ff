"""How the workspace reaches the app: signed HTTP or Socket Mode, with three seconds to answer."""

import asyncio
import hashlib
import hmac
import json
import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sandbox.slack.interactions import DISPATCH_FAILED, OPERATION_TIMEOUT, Interaction
from sandbox.slack.socket import Sockets

KEPT = 5000


class Deliveries:
    """Delivers over HTTP when `request_url` is set, over the socket otherwise.

    Commands and interactions are told once. Events are told again up to three times, `retry_delays` seconds apart
    (Slack: "Events API", at once, after a minute, after five), unless the app says `x-slack-no-retry`. `told` keeps the
    latest deliveries, retries included; `changed` is called whenever one has ended.
    """

    def __init__(self, signing_secret: str, changed: Callable[[], None]) -> None:
        self.request_url: str | None = None
        self.ack_seconds = 3.0
        self.retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
        self.sockets = Sockets(changed)
        self.told: deque[Interaction] = deque(maxlen=KEPT)
        self._secret = signing_secret
        self._changed = changed
        self._client: aiohttp.ClientSession | None = None
        self._retrying: set[asyncio.Task[None]] = set()

    @property
    def retrying(self) -> int:
        """How many events are being told again."""
        return len(self._retrying)

    async def interact(self, kind: str, payload: dict[str, Any]) -> Interaction:
        """Send the app a command (`slash_commands`) or an interaction (`interactive`), once."""
        return await self._tell(Interaction(kind=kind, payload=payload))

    async def event(self, payload: dict[str, Any]) -> Interaction:
        """Send the app an event and return the first try; the others follow by themselves."""
        first = await self._tell(Interaction(kind="events_api", payload=payload))
        if not first.acknowledged and not first.no_retry:
            task = asyncio.create_task(self._retry(first))
            self._retrying.add(task)
            task.add_done_callback(self._retrying.discard)
        return first

    async def replay(self, interaction: Interaction) -> Interaction:
        """Send the very same signed bytes once more."""
        return await self.post(interaction.signed, interaction.headers, like=interaction)

    async def post(self, body: bytes, headers: dict[str, str], *, like: Interaction | None = None) -> Interaction:
        """Send bytes to `request_url` under any headers; for forgeries and replays."""
        if self.request_url is None:
            raise ValueError("request_url is not set: the app is reached over the socket only")
        told = Interaction(
            kind=like.kind if like else "forged", payload=like.payload if like else {}, signed=body, headers=headers
        )
        return await self._post(told)

    def sign(self, body: bytes, *, at: int | None = None) -> dict[str, str]:
        """Return the two headers of Slack's v0 signature over `body`, at a Unix second of the wall clock."""
        stamp = str(int(time.time()) if at is None else at)
        digest = hmac.new(self._secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    async def close(self) -> None:
        """Stop retrying, say goodbye on the sockets and close the HTTP client."""
        for task in self._retrying:
            task.cancel()
        await asyncio.gather(*self._retrying, return_exceptions=True)
        await self.sockets.close()
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _tell(self, told: Interaction, *, attempt: int = 0, reason: str = "") -> Interaction:
        self.told.append(told)
        try:
            return await self._carry(told, attempt=attempt, reason=reason)
        finally:
            self._changed()

    async def _carry(self, told: Interaction, *, attempt: int, reason: str) -> Interaction:
        if self.request_url is None:
            return await self._send(told, attempt=attempt, reason=reason)
        told.signed, content_type = _body(told)
        told.headers = {"Content-Type": content_type, "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        told.headers |= self.sign(told.signed)
        if attempt:
            told.headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
        return await self._post(told)

    async def _post(self, told: Interaction) -> Interaction:
        self._client = self._client or aiohttp.ClientSession()
        started = time.monotonic()
        try:
            async with (
                asyncio.timeout(self.ack_seconds),
                self._client.post(
                    str(self.request_url), data=told.signed, headers=told.headers, allow_redirects=False
                ) as answer,
            ):
                said = await answer.text(errors="replace")
        except TimeoutError:
            told.seen = OPERATION_TIMEOUT
        except aiohttp.ClientError:
            told.seen = DISPATCH_FAILED
        else:
            told.status = answer.status
            told.no_retry = answer.headers.get("x-slack-no-retry") == "1"
            told.body = _read(said)
            told.seen = "" if told.acknowledged else DISPATCH_FAILED
        told.took_ms = (time.monotonic() - started) * 1000
        return told

    async def _send(self, told: Interaction, *, attempt: int, reason: str) -> Interaction:
        envelope: dict[str, Any] = {"payload": told.payload, "type": told.kind}
        envelope["accepts_response_payload"] = told.kind != "events_api"
        if told.kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        started = time.monotonic()
        try:
            async with asyncio.timeout(self.ack_seconds):
                told.body = await self.sockets.send(envelope)
            told.status = 200
        except TimeoutError:
            told.seen = OPERATION_TIMEOUT
        except ConnectionError:
            told.seen = DISPATCH_FAILED
        told.took_ms = (time.monotonic() - started) * 1000
        return told

    async def _retry(self, failed: Interaction) -> None:
        for attempt, delay in enumerate(self.retry_delays, start=1):
            await asyncio.sleep(delay)
            reason = "http_timeout" if failed.timed_out else "http_error" if failed.status else "connection_failed"
            failed = await self._tell(
                Interaction(kind=failed.kind, payload=failed.payload), attempt=attempt, reason=reason
            )
            if failed.acknowledged or failed.no_retry:
                return


def _body(told: Interaction) -> tuple[bytes, str]:
    if told.kind == "slash_commands":
        return urlencode(told.payload).encode(), "application/x-www-form-urlencoded"
    if told.kind == "interactive":
        return urlencode({"payload": json.dumps(told.payload)}).encode(), "application/x-www-form-urlencoded"
    return json.dumps(told.payload).encode(), "application/json"


def _read(said: str) -> Any:
    if not said:
        return None
    try:
        return json.loads(said)
    except ValueError:
        return said
