"""The limits of a port: how large a request may be, and who has to go when there are too many connections."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.assembly.http_server import Listening, bind
from web.connection_table import Bounds, ConnectionTable

PAGE = b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n"
LAST_PAGE = b"GET /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
WEBHOOK = b"POST /stripe/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"
HALF = b"POST /stripe/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
SMALL = Bounds(total=6, kept=2, per_address=3, held=100_000)

Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Port:
    """A port with two paths, whose page waits while `open` is clear; and whoever connects to it."""

    def __init__(self, number: int, stack: AsyncExitStack) -> None:
        self.number = number
        self.open = asyncio.Event()
        self.asked = asyncio.Queue[None]()
        self._stack = stack
        self._clients: list[Client] = []  # a connection ends when its reader is forgotten

    async def connect(self, sent: bytes = b"", *, address: str = "127.0.0.1") -> Client:
        """Connect from an address of this machine, and send something."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.number, local_addr=(address, 0))
        self._stack.callback(writer.transport.abort)
        writer.write(sent)
        self._clients.append((reader, writer))
        return reader, writer

    async def wait(self, address: str = "127.0.0.1") -> Client:
        """Ask for the page from an address, and return when the answer is being made."""
        client = await self.connect(PAGE, address=address)
        await self.asked.get()
        return client

    async def ask(self, sent: bytes, **options: Any) -> bytes:
        """Connect, send and return all that comes till the connection ends."""
        reader, _ = await self.connect(sent, **options)
        return await all_of(reader)


async def all_of(reader: asyncio.StreamReader) -> bytes:
    """Return what comes till the connection ends, however it does."""
    answer = b""
    try:
        async with asyncio.timeout(10):
            while piece := await reader.read(65_536):
                answer += piece
    except ConnectionError:
        pass
    return answer


async def answered(client: Client, sent: bytes = b"") -> bytes:
    """Return the status line of the next answer."""
    client[1].write(sent)
    async with asyncio.timeout(10):
        head = await client[0].readuntil(b"\r\n\r\n")
        await client[0].readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]))
    return head.split(b"\r\n")[0]


@asynccontextmanager
async def port(bounds: Bounds, *trusted: str) -> AsyncIterator[Port]:
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        bound = bind("127.0.0.1", 0)
        opened = Port(bound.getsockname()[1], stack)
        opened.open.set()

        async def page(request: Request) -> Response:
            opened.asked.put_nowait(None)
            await opened.open.wait()
            return PlainTextResponse("page")

        async def webhook(request: Request) -> Response:
            return PlainTextResponse((await request.body())[:10])

        app = Starlette(routes=[Route("/page", page), Route("/stripe/webhook", webhook, methods=["POST"])])
        table = ConnectionTable(bounds, trusted=[ip_network(each) for each in trusted])
        listening = Listening.on(bound, app, tasks, connections=table)
        yield opened
        opened.open.set()
        await stack.aclose()
        listening.stop()


@pytest.fixture
async def small() -> AsyncIterator[Port]:
    async with port(SMALL) as opened:
        yield opened


def head(size: int) -> bytes:
    """Return a whole request whose head has so many bytes."""
    rest = size - len(LAST_PAGE) - len(b"A: \r\n")
    return LAST_PAGE[:-2] + b"A: " + b"a" * rest + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (head(32_000), b"200"),
        (head(34_000), b"431"),
        (head(200_000), b"431"),
        (LAST_PAGE[:-2] + b"A: " + b"a" * 33_000, b"431"),  # no end of it yet
        (b"GET /" + b"a" * 40_000, b"431"),
        (LAST_PAGE[:-2] + b"A: \r\n" * 150 + b"\r\n", b"200"),
        (LAST_PAGE[:-2] + b"A: \r\n" * 300 + b"\r\n", b"431"),
        (LAST_PAGE[:-2] + b"A: \r\n" * 5_000, b"431"),
        (PAGE * 5 + LAST_PAGE, b"200"),
        (PAGE * 300, b"400"),
        (b"nonsense\r\n\r\n", b"400"),
    ],
)
async def test_heads_are_bounded(small: Port, sent: bytes, status: bytes) -> None:
    if status == b"400":
        small.open.clear()  # nothing is answered in between
    assert (await small.ask(sent)).split()[1] == status


async def test_head_is_bounded_however_it_arrives(small: Port) -> None:
    reader, writer = await small.connect(b"GET /page HTTP/1.1\r\nA: ")
    try:
        for _ in range(600):
            writer.write(b"a" * 1_000)
            await writer.drain()
    except ConnectionError:
        pass
    assert (await all_of(reader)).split()[1:2] in ([b"431"], [])  # a client that doesn't listen may lose the answer


async def test_body_and_head_in_one_piece_are_taken(small: Port) -> None:
    sent = HALF.replace(b"1000000", b"60000").replace(b"Host: x", b"Host: x\r\nConnection: close")
    assert (await small.ask(sent + b"b" * 60_000)).endswith(b"b" * 10)


async def test_connection_is_kept_for_many_requests(small: Port) -> None:
    client = await small.connect()
    for _ in range(50):
        assert await answered(client, PAGE) == b"HTTP/1.1 200 OK"
        assert await answered(client, WEBHOOK) == b"HTTP/1.1 200 OK"


async def test_whoever_waits_longest_makes_room(small: Port) -> None:
    first, *others = [await small.connect(PAGE[:20]) for _ in range(3)]

    assert await answered(await small.connect(), PAGE) == b"HTTP/1.1 200 OK"

    assert await all_of(first[0]) == b""
    for client in others[1:]:
        assert await answered(client, PAGE[20:]) == b"HTTP/1.1 200 OK"


async def test_idle_connection_makes_room(small: Port) -> None:
    clients = [await small.connect() for _ in range(3)]
    for client in clients:
        await answered(client, PAGE)

    assert await answered(await small.connect(), PAGE) == b"HTTP/1.1 200 OK"

    assert await all_of(clients[0][0]) == b""
    assert await answered(clients[1], PAGE) == b"HTTP/1.1 200 OK"


async def test_answers_are_never_cut_off(small: Port) -> None:
    small.open.clear()
    clients = [await small.wait() for _ in range(3)]
    assert await small.ask(PAGE) == b""  # refused
    small.open.set()
    assert [await answered(client) for client in clients] == [b"HTTP/1.1 200 OK"] * 3


async def test_addresses_have_limits_of_their_own_and_trusted_proxies_none() -> None:
    async with port(SMALL, "127.0.0.9/32") as opened:
        opened.open.clear()
        for _ in range(3):
            await opened.wait()
        assert await opened.ask(PAGE, address="127.0.0.1") == b""
        proxied = [await opened.connect(WEBHOOK, address="127.0.0.9") for _ in range(3)]
        assert [await answered(client) for client in proxied] == [b"HTTP/1.1 200 OK"] * 3


async def test_pages_leave_room_for_webhooks() -> None:
    async with port(SMALL, "127.0.0.0/8") as opened:
        opened.open.clear()
        pages = [await opened.wait() for _ in range(4)]
        turned_away = await opened.ask(PAGE)
        assert turned_away.split()[1] == b"503"
        assert b"retry-after: 5" in turned_away.lower()
        hooks = [await opened.connect(WEBHOOK) for _ in range(4)]
        assert [await answered(client) for client in hooks[2:]] == [b"HTTP/1.1 200 OK"] * 2
        opened.open.set()
        assert [await answered(client) for client in pages] == [b"HTTP/1.1 200 OK"] * 4


async def test_unread_bodies_are_bounded_together(small: Port) -> None:
    hoarders = [await small.connect(HALF + b"b" * 60_000, address=f"127.0.0.{number}") for number in (2, 3)]

    assert await all_of(hoarders[0][0]) == b""
    assert await answered(await small.connect(), WEBHOOK) == b"HTTP/1.1 200 OK"


async def test_refusals_are_logged_once_a_minute(small: Port) -> None:
    with structlog.testing.capture_logs() as logged:
        for _ in range(20):
            await small.connect(PAGE[:20])
        await answered(await small.connect(), PAGE)
    assert [entry["event"] for entry in logged] == ["too many connections: some were refused or cut off"]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Shorten one of the table's times to a tenth of a second."""

    def shorten(name: str) -> None:
        monkeypatch.setattr("web.connection_table.LOOK_EVERY", timedelta(seconds=0.05))
        monkeypatch.setattr(f"web.connection_table.{name}", timedelta(seconds=0.1))

    return shorten


@pytest.mark.parametrize("sent", [b"", b"\r\n", PAGE[:20], HALF + b"half", PAGE + PAGE[:20]])
async def test_request_has_to_be_whole_in_time(hurried: Callable[[str], None], sent: bytes) -> None:
    hurried("WHOLE_WITHIN")
    async with port(SMALL) as opened:
        answer = await opened.ask(sent)

    assert (b"408 Request Timeout" in answer) == sent.endswith(PAGE[:20])
