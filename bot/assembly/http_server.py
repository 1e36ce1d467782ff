"""One HTTP server in the program's own loop and TaskGroup; the program handles signals and decides when to stop."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Self

import uvicorn
from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bind(host: str, port: int) -> socket.socket:
    """Bind a port (0: any free one); raises OSError if that isn't possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


class Listening:
    """A listening server; `url` is its address."""

    def __init__(self, server: _Server, url: str) -> None:
        self._server = server
        self.url = url

    @classmethod
    def on(cls, bound: socket.socket, app: ASGIApp, tasks: asyncio.TaskGroup) -> Self:
        """Serve on a bound socket."""
        config = uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=8,
        )
        server = _Server(config)
        tasks.create_task(server.serve(sockets=[bound]))
        name, number = bound.getsockname()[:2]
        return cls(
            server, f"http://[{name}]:{number}" if bound.family is socket.AF_INET6 else f"http://{name}:{number}"
        )

    def stop(self) -> None:
        """Accept no more requests, and stop once the open ones are answered."""
        self._server.should_exit = True
