"""Somebody who wants the bot to stop: slow, half-open, huge and many connections, while the bot goes on working."""

import asyncio
import itertools
import os
import re
import resource
import secrets
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager, suppress

import httpx2
import pytest

from tests.journeys.faults.kills import subscriber
from tests.journeys.portal_links.questions import ask
from tests.journeys.world import World, world
from tests.lanes import LANE

LONG = LANE == "soak"
MANY = 5_000 if LONG else 600
NETWORKS = 60 if LONG else 8
"""Addresses that the many come from."""
SETTLED = 17.0 if LONG else 1.0
"""Seconds that each attack lasts; in the long one, slow requests run into their limit."""
SPARE = 40_000_000
"""Bytes that the bot may take more than when idle."""

PAGE = b"GET /p/" + b"a" * 43 + b" HTTP/1.1\r\nHost: x\r\n"
HOOK = b"POST /stripe/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"


class Attack:
    """Many plain sockets to the public port, from addresses of this machine."""

    def __init__(self, port: int, stack: ExitStack) -> None:
        self._port = port
        self._stack = stack
        self._sockets: list[socket.socket] = []

    async def connect(self, count: int, *sent: bytes, networks: int = 1) -> None:
        """Connect so often, and send one of these over each."""
        await asyncio.to_thread(self._connect, count, itertools.cycle(sent or (b"",)), networks)

    def _connect(self, count: int, sent: Iterator[bytes], networks: int) -> None:
        for number in range(count):
            connection = socket.socket()
            self._stack.callback(connection.close)
            connection.bind((f"127.0.1.{number % networks + 1}", 0))
            connection.settimeout(5)
            connection.connect(("127.0.0.1", self._port))
            connection.settimeout(0)
            self._sockets.append(connection)
            self._send(connection, next(sent))

    async def drip(self, seconds: float) -> None:
        """Send one more byte over each connection ten times a second."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.send_all(b"a")
            await asyncio.sleep(0.1)

    def send_all(self, sent: bytes) -> None:
        """Send something over each connection."""
        for each in self._sockets:
            self._send(each, sent)

    def open(self) -> int:
        """Return how many connections the bot hasn't ended."""
        return sum(self._is_open(each) for each in self._sockets)

    @staticmethod
    def _send(connection: socket.socket, sent: bytes) -> None:
        with suppress(OSError):
            connection.send(sent)

    @staticmethod
    def _is_open(connection: socket.socket) -> bool:
        try:
            while connection.recv(65_536):
                pass
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, min(hard, 2 * MANY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    settings = {"REASON_WAIT": "0s", "LOOKUPS_PER_MINUTE": "1000", "HOST": "0.0.0.0"}
    async with world(tmp_path_factory.mktemp("hostile"), settings=settings, socket_mode=False) as told:
        told.sandbox.slack.limits.enabled = False
        await work(told)
        yield told
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def attack(w: World) -> Iterator[Attack]:
    with attacking(w) as begun:
        yield begun


@contextmanager
def attacking(w: World) -> Iterator[Attack]:
    with ExitStack() as stack:
        yield Attack(int(w.environment["PORT"]), stack)


async def memory(w: World) -> float:
    """Ask the admin port for the bot's memory, in bytes."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://127.0.0.1:{w.environment['ADMIN_PORT']}/metrics", timeout=5)
    [size] = re.findall(r"^process_resident_memory_bytes (\S+)$", answer.text, re.MULTILINE)
    return float(size)


def refusals(w: World) -> int:
    """Return how often the bot has logged that there were too many connections."""
    return w.log.read_text().count("too many connections")


async def work(w: World) -> None:
    """See a cancellation become a card, Slack's command answered, and a customer get from a link to Stripe."""
    subscription = subscriber(w, f"Nora {secrets.token_hex(4)}")
    address = str(w.sandbox.stripe.ledger.get("customer", subscription["customer"])["email"])
    answer = await ask(w, subscription["id"])
    await w.sandbox.slack.click("agent", answer, "email_link")
    [email] = await w.sandbox.mailbox.wait_for(lambda: w.sandbox.mailbox.to(address))
    [path] = set(re.findall(r"/p/[\w-]{43}", email.text))
    async with httpx2.AsyncClient(base_url=w.environment["PUBLIC_URL"], trust_env=False, timeout=5) as client:
        assert (await client.get(path)).status_code == 200
        assert (await client.post(path)).status_code == 303
    w.sandbox.stripe.portal_cancel(subscription, "too_expensive")
    await w.card_of(subscription)
    assert (await w.ready())[0] == 200


async def holds(w: World, attack: Attack, seconds: float = 0) -> None:
    """Go on with an attack while the bot works, and see that it needs little more memory."""
    idle = await memory(w)
    dripping = asyncio.create_task(attack.drip(seconds))
    await work(w)
    await dripping
    assert await memory(w) - idle < SPARE


async def test_slow_and_half_open_requests_hold_nobody_up(w: World, attack: Attack) -> None:
    idle = await memory(w)
    await attack.connect(300, b"", PAGE, PAGE + b"A: a", HOOK, HOOK + b"{", b"\r\n", networks=3)

    await holds(w, attack, SETTLED)

    assert await memory(w) - idle < SPARE
    if LONG:
        assert attack.open() == 0  # none of them came to an end by itself


async def test_60_mb_of_headers_are_not_taken(w: World) -> None:
    idle = await memory(w)
    piece = b"A: " + b"a" * 60_000
    for begun in (PAGE + piece, PAGE + b"A: a\r\n" * 10_000):
        _, writer = await asyncio.open_connection("127.0.0.1", int(w.environment["PORT"]))
        taken = 0
        with suppress(ConnectionError):
            while taken < 60_000_000:
                writer.write(begun[-60_000:] if taken else begun)
                await writer.drain()
                taken += 60_000
        writer.transport.abort()
        assert taken < 10_000_000
        assert await memory(w) - idle < SPARE
    await work(w)


async def test_many_bodies_are_not_kept(w: World, attack: Attack) -> None:
    idle = await memory(w)
    body = b'{"a": "' + b"a" * 900_000
    async with asyncio.timeout(60):
        await attack.connect(100, HOOK, networks=1)
        for _ in range(30):
            await asyncio.to_thread(attack.send_all, body[:60_000])
            assert await memory(w) - idle < SPARE
    await work(w)


async def test_many_connections_leave_room(w: World, attack: Attack) -> None:
    idle = await memory(w)
    await attack.connect(MANY, b"", PAGE, HOOK, PAGE + b"\r\n", networks=NETWORKS)

    assert attack.open() <= min(2_000, 100 * NETWORKS)
    await holds(w, attack, SETTLED)
    assert await memory(w) - idle < SPARE


async def test_one_address_gets_100_connections(w: World, attack: Attack) -> None:
    begun, logged = time.monotonic(), refusals(w)
    await attack.connect(300, PAGE)

    await work(w)

    assert attack.open() <= 100
    minutes = (time.monotonic() - begun) / 60
    assert refusals(w) - logged <= 1 + minutes


async def test_start_as_root_is_warned_of(w: World) -> None:
    assert ("The bot runs as root" in w.log.read_text()) == (os.geteuid() == 0)


async def test_forged_addresses_do_not_help(w: World) -> None:
    stranger = httpx2.AsyncHTTPTransport(local_address="127.0.1.1")
    async with httpx2.AsyncClient(base_url=w.environment["PUBLIC_URL"], transport=stranger) as client:
        answers = [
            await client.get(f"/p/{number:043}", headers={"X-Forwarded-For": f"203.0.{number}.7", "Forwarded": "for=a"})
            for number in range(200)
        ]
    assert {answer.status_code for answer in answers[:100]} == {404}
    assert answers[-1].status_code == 429
