"""The two ways by which Slack reaches the app: signed HTTP and Socket Mode."""

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from aiohttp import WSMessage
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import Clock as SdkClock
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.slack.client import sdk_logger
from flows.ports import Clock

PATH = "/slack/events"
MAX_BODY_BYTES = 1_000_000
DRAIN_TIMEOUT = timedelta(seconds=10)
PING_SECONDS = 10  # seconds; a connection that misses four is replaced

log = structlog.get_logger(__name__)


def http_route(app: AsyncApp, *, signing_secret: str, wall: Clock) -> Route:
    """Return the route for Slack's requests; it answers 401 to what Slack didn't sign in the last five minutes.

    We check before Bolt does: Bolt logs the body of a refused request, and fails on a time stamp that isn't a number.
    """
    verifier = SignatureVerifier(signing_secret, clock=_SignatureClock(wall))

    async def events(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                return PlainTextResponse("too large", status_code=413)
        if not _is_signed(verifier, bytes(body), request):
            log.warning("slack_signature_refused")
            return PlainTextResponse("not signed by Slack, or too long ago", status_code=401)
        return to_starlette_response(await app.async_dispatch(to_async_bolt_request(request, bytes(body))))

    return Route(PATH, events, methods=["POST"])


def _is_signed(verifier: SignatureVerifier, body: bytes, request: Request) -> bool:
    try:
        return verifier.is_valid(
            body=body,
            timestamp=request.headers.get("x-slack-request-timestamp"),
            signature=request.headers.get("x-slack-signature"),
        )
    except (TypeError, ValueError):  # a time stamp that isn't a number, a signature or a body that isn't text
        return False


@dataclass(frozen=True)
class _SignatureClock(SdkClock):
    wall: Clock

    def now(self) -> float:
        return self.wall().timestamp()


class SocketModeConnection:
    """One Socket Mode connection, renewed by the SDK; create it in a running event loop."""

    def __init__(self, app: AsyncApp, *, app_token: str, client: AsyncWebClient) -> None:
        self._greeted = asyncio.Event()
        self._opening: asyncio.Task[None] | None = None
        self._socket = _Socket(
            app,
            app_token=app_token,
            logger=sdk_logger(),
            web_client=client,
            proxy=client.proxy,
            ping_interval=PING_SECONDS,
        )
        self._socket.client.proxy = client.proxy  # the SDK reads None as "use the environment's"
        self._socket.client.on_message_listeners.append(self._listen)

    async def connect(self) -> None:
        """Connect, retry for as long as it takes, and return when Slack has said hello."""
        await self._socket.client.connect()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
        await self._greeted.wait()

    async def open(self, tasks: asyncio.TaskGroup, *, wait: timedelta) -> None:
        """Connect, and return after `wait` at the latest; till `close`, a connection is tried for."""
        self._opening = tasks.create_task(self.connect())
        await asyncio.wait([self._opening], timeout=wait.total_seconds())

    async def close(self) -> None:
        """Accept no more requests, wait at most 10 s for the open ones, and disconnect."""
        if self._opening is not None:
            self._opening.cancel()
        await self._socket.drain()
        await self._socket.client.close()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped

    async def is_connected(self) -> bool:
        """Return whether Slack can reach us by this connection now."""
        return self._greeted.is_set() and await self._socket.client.is_connected()

    async def _listen(self, message: WSMessage) -> None:
        if '"hello"' in message.data and json.loads(message.data).get("type") == "hello":
            self._greeted.set()


class _Socket(AsyncSocketModeHandler):
    """Bolt's side of a connection, which waits for the open requests; Bolt alone would cut them off."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._running = 0
        self._closing = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        if self._closing:
            return  # without an acknowledgement, Slack tries another connection or tells the person
        self._running += 1
        self._idle.clear()
        try:
            await super().handle(client, req)  # type: ignore[arg-type]  # see above
        finally:
            self._running -= 1
            if not self._running:
                self._idle.set()

    async def drain(self) -> None:
        self._closing = True
        try:
            async with asyncio.timeout(DRAIN_TIMEOUT.total_seconds()):
                await self._idle.wait()
        except TimeoutError:
            log.warning("socket_closed_busy", requests=self._running)
