"""An HTTP server on a port of its own, for a browser."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable

import uvicorn
from starlette.applications import Starlette


class Server(uvicorn.Server):
    """A server that reports when it is ready, and leaves signals to pytest."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # as uvicorn's own
        yield


@contextlib.asynccontextmanager
async def serving(app: Callable[[str], Starlette]) -> AsyncIterator[str]:
    """Serve an application, which is made for its address, on loopback; give the address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = Server(uvicorn.Config(app(address), lifespan="off", log_config=None, access_log=False))
        task = asyncio.create_task(server.serve([listening]))
        await server.ready.wait()
        yield address
        server.should_exit = True
        await task
