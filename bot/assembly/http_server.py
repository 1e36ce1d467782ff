"""The HTTP servers in the program's own loop and TaskGroup, which handles signals and the end."""

import asyncio
import contextlib
import resource
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Network, IPv6Network
from typing import Self, cast

import uvicorn
from starlette.types import ASGIApp

from bot.assembly.adapters import CannotStart
from bot.settings.settings import Settings
from web.bounded_connection import BoundedConnection
from web.connection_table import Bounds, ConnectionTable

ADMIN_BOUNDS = Bounds(total=100, kept=0)
OTHER_FILES = 200
"""Files that the bot opens besides the connections of its public port, at most."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bind(host: str, port: int) -> socket.socket:
    """Bind a port (0: any free one); raises OSError if that isn't possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


@dataclass(frozen=True, slots=True)
class Listening:
    """A listening server; `url` is its address."""

    server: _Server
    url: str

    @classmethod
    def on(cls, bound: socket.socket, app: ASGIApp, tasks: asyncio.TaskGroup, *, connections: ConnectionTable) -> Self:
        """Serve on a bound socket, within the limits that its connections have."""
        config = uvicorn.Config(
            app,
            http=cast("type[asyncio.Protocol]", partial(BoundedConnection, connections=connections)),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=7,
        )
        server = _Server(config)
        tasks.create_task(server.serve(sockets=[bound]))
        name, number = bound.getsockname()[:2]
        return cls(
            server, f"http://[{name}]:{number}" if bound.family is socket.AF_INET6 else f"http://{name}:{number}"
        )

    def stop(self) -> None:
        """Accept no more requests, and stop once the open ones are answered."""
        self.server.should_exit = True


def bind_ports(settings: Settings, *, public: bool) -> Sequence[socket.socket]:
    """Take the public port, if wanted, and the admin port; raises CannotStart with every one that can't be had."""
    wanted = {"PORT": (settings.host, settings.port)} if public else {}
    wanted["ADMIN_PORT"] = ("127.0.0.1", settings.admin_port)
    bound, faults = [], []
    for variable, (host, port) in wanted.items():
        try:
            bound.append(bind(host, port))
        except OSError as fault:
            why = (fault.strerror or str(fault)).partition(" (")[0].lower()  # asyncio and socket add the address
            faults.append(f"{variable}: cannot listen on {host}:{port}: {why}.")
    if faults:
        raise CannotStart(*faults)
    return bound


def listen(
    bound: Sequence[socket.socket],
    public: ASGIApp,
    admin: ASGIApp,
    tasks: asyncio.TaskGroup,
    *,
    trusted: Sequence[IPv4Network | IPv6Network],
) -> Sequence[Listening]:
    """Serve the public application, if its port is bound, and the admin application, with connections of its own."""
    *doors, operators = bound
    return [
        *(Listening.on(each, public, tasks, connections=ConnectionTable(_bounds(), trusted=trusted)) for each in doors),
        Listening.on(operators, admin, tasks, connections=ConnectionTable(ADMIN_BOUNDS)),
    ]


def _bounds() -> Bounds:
    """Have as many connections as usual, or as the system's limit of open files leaves room for."""
    wanted = Bounds()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted.total + ADMIN_BOUNDS.total + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    total = max(soft - ADMIN_BOUNDS.total - OTHER_FILES, 20)
    return Bounds(total=total, kept=total // 10)
