"""Faults on demand: what the network, Slack, Stripe or a mail server may do to the bot, one request at a time."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Side = Literal["slack", "stripe", "smtp"]
Kind = Literal[
    "status",  # an HTTP status instead of an answer: status=503, body="…", retry_after=30
    "error",  # the API's own refusal: Slack error="name"; Stripe type=, code=, message=, status=
    "garbage",  # the effect happens, half of the reply arrives
    "slow",  # seconds=2.5, then all is well
    "hold",  # waits for `release()`, then all is well
    "drop_before",  # the connection closes, nothing happened
    "drop_after",  # it happened, the connection closes before the reply
    "drop_mid_body_before",  # nothing happened, a reply of status=200 begins, the connection closes in its middle
    "drop_mid_body_after",  # it happened, the connection closes in the middle of the reply; status=503 replaces its own
    "stall_mid_body_before",  # the same two, but the connection stays open without another byte until `release()`
    "stall_mid_body_after",
    "kill_before",  # the bot dies when its request arrives, nothing happened
    "kill_after",  # it happened, the bot dies before the reply
    "kill_replied",  # the bot dies right after the reply was sent
    "kill_within",  # the bot dies 0 to 50 ms later, at random
]


@dataclass(eq=False)
class Fault:
    """One fault waiting for its request; `times` hits are left (`None`: it stays)."""

    side: Side
    path: str
    kind: Kind
    method: str | None
    times: int | None
    detail: dict[str, Any]
    hits: int = 0
    _reached: asyncio.Event = field(default_factory=asyncio.Event)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    async def reached(self) -> None:
        """Wait until a request has met this fault."""
        await self._reached.wait()

    def release(self) -> None:
        """Let every request held by this fault go on, the later ones too."""
        self._released.set()

    async def released(self) -> None:
        await self._released.wait()

    def meets(self, side: Side, path: str, method: str | None) -> bool:
        return (
            self.side == side
            and (self.times is None or self.hits < self.times)
            and (self.method is None or method is None or self.method == method)
            and fnmatchcase(path, self.path)
        )

    def hit(self) -> None:
        self.hits += 1
        self._reached.set()


class Faults:
    """All faults that are set; the first that fits a request is met."""

    def __init__(self) -> None:
        self.all: list[Fault] = []
        self.on_kill: Callable[[], None] = lambda: None

    def add(
        self, side: Side, path: str, kind: Kind, *, method: str | None = None, times: int | None = 1, **detail: Any
    ) -> Fault:
        """Set a fault.

        Args:
            side: whose answers are spoilt.
            path: a Slack method (`chat.postMessage`), a Stripe path (`/v1/subscriptions/{id}`) or an SMTP command
                (`RCPT`); `*` and `{anything}` match anything.
            kind: see `Kind`, which also names each kind's details.
            method: HTTP method, if only that one is meant.
            times: how many requests meet it; `None` for all until `clear`.
            **detail: what the kind needs.
        """
        fault = Fault(side, _as_glob(path), kind, method, times, detail)
        self.all.append(fault)
        return fault

    def take(self, side: Side, path: str, method: str | None = None) -> Fault | None:
        """Find the fault that this request meets, and count the hit."""
        found = next((fault for fault in self.all if fault.meets(side, path, method)), None)
        if found:
            found.hit()
        return found

    def clear(self) -> None:
        """Take all faults away; held requests go on."""
        for fault in self.all:
            fault.release()
        self.all.clear()


class FaultyWire:
    """ASGI middleware that lets the requests of one side's API meet their faults.

    The API is what lies under `root + door`; a fault's path is a request's path without `root`. The middleware must be
    given uvicorn's own `receive` and `send` and a transport in `scope["state"]` (see `server.Wire`), because ASGI has
    no word for a connection that just closes.
    """

    def __init__(self, app: ASGIApp, faults: Faults, side: Side, *, root: str, door: str = "") -> None:
        self._app = app
        self._faults = faults
        self._side = side
        self._root = root
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self._root + self._door):
            await self._app(scope, receive, send)
            return
        fault = self._faults.take(self._side, scope["path"].removeprefix(self._root), scope["method"])
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await self._spoil(fault, scope, receive, send)

    async def _spoil(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        kind = fault.kind
        if kind in {"kill_before", "drop_before"}:
            if kind == "kill_before":
                self._faults.on_kill()
            await _hang_up(scope, receive)
        elif kind in {"status", "error"}:
            await _refusal(fault)(scope, receive, send)
        elif kind in {"drop_mid_body_before", "stall_mid_body_before"}:
            await Request(scope, receive).body()  # a connection closed over unread bytes is reset, and the half is lost
            await _send_half(fault, JSONResponse({"id": "the rest never comes"}), scope, receive, send)
        elif kind in {"slow", "hold"}:
            await (asyncio.sleep(fault.detail["seconds"]) if kind == "slow" else fault.released())
            await self._app(scope, receive, send)
        elif kind == "kill_within":
            asyncio.get_running_loop().call_later(random.uniform(0, 0.05), self._faults.on_kill)
            await self._app(scope, receive, send)
        elif kind == "kill_replied":
            await self._app(scope, receive, send)
            self._faults.on_kill()
        else:
            await self._spoil_after(fault, scope, receive, send)

    async def _spoil_after(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request have its effect, keep the reply, and let less of it out or nothing."""
        reply: list[Message] = []

        async def keep(message: Message) -> None:
            reply.append(message)

        await self._app(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in reply)
        if fault.kind == "garbage":
            await Response(body[: len(body) // 2], media_type="application/json")(scope, receive, send)
            return
        if fault.kind in {"drop_mid_body_after", "stall_mid_body_after"}:
            whole = Response(body, reply[0]["status"], media_type="application/json")
            await _send_half(fault, whole, scope, receive, send)
            return
        if fault.kind == "kill_after":
            self._faults.on_kill()
        await _hang_up(scope, receive)


def _refusal(fault: Fault) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    detail = fault.detail
    headers = {"Retry-After": str(detail["retry_after"])} if "retry_after" in detail else {}
    if fault.kind == "status":
        body = detail.get("body", "<html><body><h1>upstream connect error</h1></body></html>")
        media_type = "text/html" if body.startswith("<") else "text/plain"
        return Response(body, detail["status"], headers, media_type)
    if fault.side == "slack":
        return JSONResponse({"ok": False, **detail}, headers=headers)
    refusal = {key: value for key, value in detail.items() if key not in {"status", "retry_after"}}
    refusal.setdefault("type", "api_error")
    refusal.setdefault("message", "The sandbox was told to refuse this request.")
    return Response(json.dumps({"error": refusal}, indent=2), detail.get("status", 400), headers, "application/json")


async def _send_half(fault: Fault, reply: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Send the headers of a reply and half of its body, then hang up, for a stall only when released."""
    status = fault.detail.get("status", reply.status_code)
    await send({"type": "http.response.start", "status": status, "headers": reply.raw_headers})
    half = bytes(reply.body[: len(reply.body) // 2])
    await send({"type": "http.response.body", "body": half, "more_body": True})
    if fault.kind in {"stall_mid_body_before", "stall_mid_body_after"}:
        await fault.released()
    scope["state"]["transport"].close()  # sends what is written first, as `abort` need not
    await _gone(receive)


async def _hang_up(scope: Scope, receive: Receive) -> None:
    scope["state"]["transport"].abort()
    await _gone(receive)


async def _gone(receive: Receive) -> None:
    # uvicorn answers 500 to an application that returns silently, unless it has seen the connection go.
    while (await receive())["type"] != "http.disconnect":
        pass


def _as_glob(path: str) -> str:
    return "/".join("*" if part.startswith("{") else part for part in path.split("/"))
