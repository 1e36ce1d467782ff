"""Two small apps for the workspace to talk to: one behind signed HTTP, one on Socket Mode."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.conftest import Harbour

Reply = Callable[[dict[str, Any]], Awaitable[Any]]


async def nothing(payload: dict[str, Any]) -> None:
    """Acknowledge and say nothing."""


@dataclass
class App:
    """What the app was told, and how it answers: a body, None for a bare acknowledgement, or a Response."""

    reply: Reply = nothing
    told: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@asynccontextmanager
async def http_app(harbour: Harbour, workspace: Workspace) -> AsyncIterator[App]:
    """Serve an app that checks signatures with the SDK's verifier and point the workspace at it."""
    app = App()
    verifier = SignatureVerifier(workspace.installation.signing_secret)

    async def events(request: Request) -> Response:
        body = await request.body()
        if not verifier.is_valid_request(body, dict(request.headers)):
            return PlainTextResponse("bad signature", 401)
        payload = _payload(body, request.headers["content-type"])
        app.told.append(payload)
        app.headers.append(dict(request.headers))
        answer = await app.reply(payload)
        if isinstance(answer, Response):
            return answer
        return JSONResponse(answer) if answer is not None else Response()

    workspace.request_url = harbour.mount([Route("/slack/events", events, methods=["POST"])]) + "/slack/events"
    yield app
    workspace.request_url = None


@asynccontextmanager
async def socket_app(workspace: Workspace) -> AsyncIterator[tuple[App, SocketModeClient]]:
    """Connect the SDK's Socket Mode client to the workspace."""
    app = App()
    socket = SocketModeClient(
        app_token=workspace.installation.app_token,
        web_client=AsyncWebClient(base_url=f"{workspace.base_url}/api/", retry_handlers=[]),
    )

    async def listen(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        app.told.append(request.payload | {"retry_attempt": request.retry_attempt})
        answer = await app.reply(request.payload)
        if answer is not NO_ACK:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, answer))

    socket.socket_mode_request_listeners.append(listen)
    await socket.connect()  # type: ignore[no-untyped-call] # the SDK leaves it bare
    try:
        yield app, socket
    finally:
        await socket.close()  # type: ignore[no-untyped-call] # the SDK leaves it bare


NO_ACK = object()


async def no_ack(payload: dict[str, Any]) -> object:
    """Leave the envelope unacknowledged."""
    return NO_ACK


async def never(payload: dict[str, Any]) -> None:
    """Keep the workspace waiting for good."""
    await asyncio.Event().wait()


def _payload(body: bytes, content_type: str) -> dict[str, Any]:
    if content_type.startswith("application/json"):
        return dict(json.loads(body))
    fields = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
    return dict(json.loads(fields["payload"])) if "payload" in fields else fields
