"""A sandbox alone, and in the bot's place the smallest app that can take a person's clicks."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Sandbox
from sandbox.slack.seed import seed_slack
from tests.honesty.plugin import RECORDER
from tests.sandboxes import new_sandbox


class App:
    """Acknowledges whatever comes, with `answers[type]` as its payload, and keeps it in `heard`."""

    def __init__(self, sandbox: Sandbox) -> None:
        installed = sandbox.slack.installation
        self.web = AsyncWebClient(token=installed.bot_token, base_url=sandbox.slack_api_url)
        self.heard: list[dict[str, Any]] = []
        self.answers: dict[str, dict[str, Any]] = {}
        self._client = SocketModeClient(
            app_token=installed.app_token, web_client=AsyncWebClient(base_url=sandbox.slack_api_url)
        )
        self._client.socket_mode_request_listeners.append(self._take)

    async def start(self) -> None:
        await self._client.connect()  # type: ignore[no-untyped-call]  # slack_sdk

    async def stop(self) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]  # slack_sdk

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [payload for payload in self.heard if payload.get("type") == kind]

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        kind = request.payload.get("type") or request.type
        self.heard.append(request.payload)
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, self.answers.get(kind)))


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """People and channels, and nobody in the Stripe account."""
    running = new_sandbox(seed=False)
    RECORDER.record(running.stripe)
    seed_slack(running.slack)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def app(sandbox: Sandbox) -> AsyncIterator[App]:
    stands_in = App(sandbox)
    await stands_in.start()
    await sandbox.slack.wait_for(lambda: sandbox.slack.deliveries.sockets.connections)
    yield stands_in
    await stands_in.stop()
