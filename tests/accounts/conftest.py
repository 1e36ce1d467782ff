"""One address with a new account behind it for each example, and the bot's Stripe adapter connected to it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from billing.stripe_billing import StripeBilling
from flows.events.router import EVENT_TYPES
from sandbox.clock import Clock
from sandbox.server import listen
from sandbox.stripe.access import Access
from sandbox.stripe.account import Account
from sandbox.stripe.app import routes
from tests.honesty.plugin import RECORDER


class StandingClock(Clock):
    """A clock that stands still till it is moved."""

    def __init__(self, starts_at: datetime) -> None:
        super().__init__()
        self._starts_at = starts_at

    def now(self) -> datetime:
        return self._starts_at + self.offset


class Stage:
    """The account of the present example, and how the bot reads it."""

    billing: StripeBilling

    def __init__(self) -> None:
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._app is not None
        await self._app(scope, receive, send)

    def open_account(self, at: datetime) -> Account:
        """Put a new account, in which it is this moment, behind the address."""
        account = Account(StandingClock(at))
        RECORDER.record(account)
        self._app = Starlette(routes=[Mount("/stripe", routes=routes(account))])
        return account


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    listening = listen(0)
    config = uvicorn.Config(stage, lifespan="off", log_config=None, access_log=False, date_header=False)
    config.timeout_keep_alive = 600  # a long example must not lose its connection
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve([listening]))
    stage.billing = StripeBilling(
        api_key=Access(livemode=False).restricted_key,
        url=f"http://127.0.0.1:{listening.getsockname()[1]}/stripe",
        configuration=None,
        event_types=EVENT_TYPES,
        timeout=timedelta(seconds=30),
        calls_per_second=1000,
        clock=lambda: datetime.now().astimezone(),
    )
    yield stage
    await stage.billing.close()
    server.should_exit = True
    await serving
