"""The sandbox as a whole: a Slack workspace, a Stripe account, a mailbox and a page, behind one loopback port."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.faults import FaultyWire
from sandbox.page.app import routes as page_routes
from sandbox.seed import seed_stripe
from sandbox.slack.app import routes as slack_routes
from sandbox.slack.seed import seed_slack
from sandbox.stripe.app import routes as stripe_routes
from sandbox.world import World

HOST = "127.0.0.1"


class Wire(H11Protocol):
    """uvicorn's protocol, telling each request which transport it came by, so that faults can hang up."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class _Server(uvicorn.Server):
    """uvicorn inside somebody else's loop: signals stay theirs, and `ready` tells when it answers.

    It ends once `leave` is set, and what is idle at once: uvicorn looks ten times a second, and ends a tenth later.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready, self.leave = asyncio.Event(), asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self.leave.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110  # uvicorn tells nobody
                    await asyncio.sleep(0.001)
        for task in self.server_state.tasks:
            task.cancel()


class Sandbox(World):
    """Everything the bot believes to be the world; started in the loop of a test or of `winback demo`.

    With `seed`, the account and the workspace hold the customers and people of `sandbox.seed`. `clock_file` receives
    the clock's offset in seconds, for the bot's process. The clock begins at `starts_at`, or at the present moment.
    """

    def __init__(self, *, seed: bool = True, clock_file: Path | None = None, starts_at: datetime | None = None) -> None:
        super().__init__(clock_file, starts_at)
        self.port = 0
        if seed:
            seed_stripe(self.stripe)
            seed_slack(self.slack)

    @property
    def url(self) -> str:
        """The address of the workspace page."""
        return f"http://{HOST}:{self.port}"

    @property
    def slack_api_url(self) -> str:
        """What the bot's Slack clients get as base URL."""
        return f"{self.url}/slack/api/"

    @property
    def stripe_api_url(self) -> str:
        """What the bot's Stripe client gets as its "api" base address."""
        return f"{self.url}/stripe"

    @property
    def smtp_port(self) -> int:
        return self.mailbox.port

    async def start(self, *, port: int = 0) -> None:
        """Open the ports on `port`, or on a free one if it is taken; `url` tells which."""
        listening = listen(port)
        self.closing.clear()
        self.port = listening.getsockname()[1]
        self.slack.base_url = f"{self.url}/slack"
        self.stripe.portal.base_url = f"{self.stripe_api_url}/portal"
        self.stripe.checkout.base_url = f"{self.stripe_api_url}/checkout"
        await self.mailbox.start()
        config = uvicorn.Config(
            self._app(), http=Wire, lifespan="off", log_config=None, access_log=False, date_header=False,
            server_header=False, proxy_headers=False,
        )  # fmt: skip
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))
        self._ticking = asyncio.create_task(self._tick())
        await self._server.ready.wait()

    async def stop(self) -> None:
        """Close the ports; the state stays readable."""
        self.closing.set()  # ends the streams of open pages, which would never end by themselves
        self._ticking.cancel()
        self.faults.clear()
        await self.stripe.webhooks.stop()
        await self.slack.stop()
        self._server.leave.set()
        await self._serving
        await self.mailbox.stop()

    def _app(self) -> ASGIApp:
        app: ASGIApp = Starlette(
            routes=[
                Mount("/slack", routes=slack_routes(self.slack)),
                Mount("/stripe", routes=stripe_routes(self.stripe)),
                *page_routes(self),
            ]
        )
        app = FaultyWire(app, self.faults, "slack", root="/slack/api/")
        return FaultyWire(app, self.faults, "stripe", root="/stripe", door="/v1/")

    async def _tick(self) -> None:
        """Let real time make things due, too."""
        while True:
            await asyncio.sleep(1)
            self.clock.tick()


def listen(port: int) -> socket.socket:
    """Open a loopback port, or a free one if it is taken.

    Only where the protocol is named does asyncio send small answers at once; else each waits 40 ms for the other side.
    """
    listening = socket.socket(proto=socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError:
        listening.bind((HOST, 0))
    listening.listen(128)
    return listening
