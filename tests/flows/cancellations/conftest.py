"""Two harnesses before one account: at one everything is handled in order, at the other as it comes."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import uvicorn
from sqlalchemy import event
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.clock import Clock
from sandbox.server import listen
from sandbox.stripe.account import Account
from sandbox.stripe.app import routes
from storage.store import SqlStore
from tests.databases import KEYRING
from tests.flows.cancellations.harness import CaseHarness
from tests.flows.cancellations.life import Life
from tests.honesty.plugin import RECORDER

CARELESS = "PRAGMA synchronous = OFF"
"""What a loss of power would do is no part of these stories."""
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class StandingClock(Clock):
    """A clock that stands still till it is moved, so that a story can be told again."""

    def now(self) -> datetime:
        return START + self.offset


class Scene:
    """The account of the example being played, behind an address that stays."""

    def __init__(self) -> None:
        self.clock = StandingClock()
        self.account = Account(self.clock)
        self._app: ASGIApp = self._never
        self.calls = 0  # to Stripe, of whatever kind
        self.in_order: CaseHarness
        self.any_order: CaseHarness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls += 1
        await self._app(scope, receive, send)

    async def begin(self) -> Life:
        """Set the stage for one more example: a new account, and two harnesses that know nothing."""
        self.clock = StandingClock()
        self.account = Account(self.clock)
        self.account.webhooks.mode = "held"
        RECORDER.record(self.account)
        self._app = Starlette(routes=[Mount("/stripe", routes=routes(self.account))])
        await self.in_order.open()
        await self.any_order.open()
        return Life(self.account, self.clock, "dana@scully-mail.com")

    def now(self) -> datetime:
        return self.clock.now()

    async def _never(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("no example is being played")


@pytest.fixture
async def scene(store: SqlStore, sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Scene]:
    """A stage for many examples; the harness in any order works on SQLite and PostgreSQL in turn."""
    scene = Scene()
    listening = listen(0)
    server = uvicorn.Server(uvicorn.Config(scene, lifespan="off", log_config=None, access_log=False, date_header=False))
    serving = asyncio.create_task(server._serve([listening]))
    in_order = tmp_path / "in_order.db"
    shutil.copyfile(sqlite_template, in_order)
    second = SqlStore(f"sqlite:///{in_order}", keyring=KEYRING, new_id=uuid4)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/stripe"
    key = scene.account.access.restricted_key
    scene.in_order = CaseHarness(second, url=url, key=key, clock=scene.now)
    scene.any_order = CaseHarness(store, url=url, key=key, clock=scene.now)
    for each in (store, second):
        for engine in (each._engine.sync_engine, each._thread_engine):
            if engine is not None and engine.dialect.name == "sqlite":
                event.listen(engine, "connect", lambda connection, _: connection.execute(CARELESS))
    yield scene
    await scene.in_order.billing.close()
    await scene.any_order.billing.close()
    await second.close()
    server.should_exit = True
    await serving
