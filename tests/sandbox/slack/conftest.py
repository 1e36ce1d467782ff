"""A seeded workspace behind a real port, and the SDK's client on it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from itertools import count

import pytest
import uvicorn
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from sandbox.server import _Server as LoopServer
from sandbox.slack.app import routes
from sandbox.slack.seed import seed_slack
from sandbox.slack.workspace import Workspace


class Harbour(LoopServer):
    """One server for the whole session, in the tests' own loop; each test mounts its routes under a new path."""

    def __init__(self) -> None:
        self.routes = Starlette()
        super().__init__(uvicorn.Config(self.routes, lifespan="off", log_config=None, timeout_graceful_shutdown=1))
        self.url = ""
        self._paths = (f"/{number}" for number in count())

    def mount(self, routes: Sequence[BaseRoute]) -> str:
        """Return the address the routes now hang under."""
        path = next(self._paths)
        self.routes.routes.append(Mount(path, routes=routes))
        return self.url + path


@pytest.fixture(scope="session")
async def harbour() -> AsyncIterator[Harbour]:
    harbour = Harbour()
    listening = socket.create_server(("127.0.0.1", 0))
    harbour.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    serving = asyncio.create_task(harbour.serve(sockets=[listening]))
    await harbour.ready.wait()
    yield harbour
    harbour.leave.set()
    await serving


@pytest.fixture
async def workspace(harbour: Harbour) -> AsyncIterator[Workspace]:
    workspace = Workspace()
    seed_slack(workspace)
    workspace.base_url = harbour.mount(routes(workspace))
    yield workspace
    await workspace.stop()


@pytest.fixture
def client(workspace: Workspace) -> AsyncWebClient:
    return AsyncWebClient(
        token=workspace.installation.bot_token, base_url=f"{workspace.base_url}/api/", retry_handlers=[]
    )
