"""Which connections a port holds, and which of them has to make room for another."""

import asyncio
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Protocol

import structlog

from web.rate_limit import network_of

log = structlog.get_logger(__name__)

WHOLE_WITHIN = timedelta(seconds=15)
ANSWERED_WITHIN = timedelta(seconds=60)
"""Ours take ten at most; beyond that, somebody doesn't take the answer."""
KEPT_ALIVE = timedelta(seconds=75)
CLOSED_WITHIN = timedelta(seconds=5)
LOOK_EVERY = timedelta(seconds=1)
LOG_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The most connections of a port, those of them that pages leave free, those of one address, and bytes unread."""

    total: int = 2_000
    kept: int = 200
    per_address: int = 100
    held: int = 8_000_000


class Connection(Protocol):
    """A connection as the table sees it. `held`: the bytes that are kept of a request which isn't whole."""

    held: int

    def expire(self) -> None:
        """End it, telling the client why if a request has begun."""

    def cut(self) -> None:
        """End it at once."""


class ConnectionTable:
    """The connections of one port by what they do.

    When there is no room for a new one, the one that has waited longest for the rest of its request has to go, then
    the one that has been idle longest; one that is being answered never has to.
    """

    def __init__(self, bounds: Bounds, *, trusted: Sequence[IPv4Network | IPv6Network] = ()) -> None:
        self._bounds = bounds
        self._trusted = trusted
        self._network: dict[Connection, str] = {}  # of all, "" for a trusted proxy
        self._of_network: dict[str, set[Connection]] = {}
        # By what they do, and since when: the longest first.
        self._waiting: dict[Connection, float] = {}
        self._answered: dict[Connection, float] = {}
        self._idle: dict[Connection, float] = {}
        self._ending: dict[Connection, float] = {}
        self._state: dict[Connection, dict[Connection, float]] = {}
        self._pages: set[Connection] = set()
        self._held = 0
        self._refused = 0
        self._logged_at: float | None = None
        self._look: asyncio.TimerHandle | None = None

    def admit(self, connection: Connection, address: str) -> bool:
        """Take a new connection in; False: there is no room."""
        network = "" if self._is_trusted(address) else network_of(address)
        theirs = self._of_network.get(network, set())
        crowded = network and len(theirs) >= self._bounds.per_address and not self._make_room(theirs)
        if crowded or (len(self._network) >= self._bounds.total and not self._make_room(self._network)):
            self._refuse()
            return False
        self._network[connection] = network
        self._of_network.setdefault(network, set()).add(connection)
        self._look = self._look or self._later()
        self.wait(connection)
        return True

    def remove(self, connection: Connection) -> None:
        """Forget a connection that is lost."""
        network = self._network.pop(connection, None)
        if network is None:
            return
        self._of_network[network].discard(connection)
        if not self._of_network[network]:
            del self._of_network[network]
        self._pages.discard(connection)
        self._move(connection, None)
        self.release(connection)

    def wait(self, connection: Connection) -> None:
        """Begin to wait for the rest of a request."""
        self._pages.discard(connection)
        self._move(connection, self._waiting)

    def answer(self, connection: Connection) -> None:
        """Begin to answer a request that is whole."""
        self._move(connection, self._answered)
        if connection.held:
            self.release(connection)

    def rest(self, connection: Connection) -> None:
        """Keep a connection for its next request."""
        self._move(connection, self._idle)

    def end(self, connection: Connection) -> None:
        """Give a connection that is being closed a little time for its last bytes."""
        self._move(connection, self._ending)

    def open_page(self, connection: Connection) -> bool:
        """Count a connection's request as one for a page; False: pages may not have any more connections."""
        if len(self._pages) >= self._bounds.total - self._bounds.kept and not self._make_room(self._pages):
            self._refuse()
            return False
        self._pages.add(connection)
        return True

    def hold(self, connection: Connection, size: int) -> None:
        """Count bytes of a request that isn't whole; if they are too many, who has kept some longest goes."""
        connection.held += size
        self._held += size
        while self._held > self._bounds.held:
            self._cut(next(each for each in self._waiting if each.held))

    def release(self, connection: Connection) -> None:
        """Count a connection's bytes no more."""
        self._held -= connection.held
        connection.held = 0

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)

    def _make_room(self, among: Container[Connection]) -> bool:
        """Cut one of these off that isn't being answered; False: there is none."""
        for state in (self._waiting, self._idle, self._ending):
            victim = next((each for each in state if each in among), None)
            if victim is not None:
                self._cut(victim)
                self._refuse()
                return True
        return False

    def _refuse(self) -> None:
        self._refused += 1
        self._tell()

    def _cut(self, connection: Connection) -> None:
        self.remove(connection)
        connection.cut()

    def _move(self, connection: Connection, state: dict[Connection, float] | None) -> None:
        before = self._state.pop(connection, None)
        if before is not None:
            del before[connection]
        if state is not None and connection in self._network:
            self._state[connection] = state
            state[connection] = asyncio.get_running_loop().time()

    def _later(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(LOOK_EVERY.total_seconds(), self._look_around)

    def _look_around(self) -> None:
        """End what takes too long, as long as there are connections."""
        now = asyncio.get_running_loop().time()
        for state, longest in ((self._waiting, WHOLE_WITHIN), (self._idle, KEPT_ALIVE)):
            for each in _overdue(state, now - longest.total_seconds()):
                each.expire()
        for state, longest in ((self._answered, ANSWERED_WITHIN), (self._ending, CLOSED_WITHIN)):
            for each in _overdue(state, now - longest.total_seconds()):
                self._cut(each)
        self._tell()
        self._look = self._later() if self._network or self._refused else None

    def _tell(self) -> None:
        """Log what was refused or cut off for want of room: at once, then once a minute."""
        now = asyncio.get_running_loop().time()
        if self._refused and (self._logged_at is None or now - self._logged_at >= LOG_EVERY.total_seconds()):
            log.warning(
                "too many connections: some were refused or cut off", number=self._refused, open=len(self._network)
            )
            self._refused, self._logged_at = 0, now


def _overdue(state: dict[Connection, float], limit: float) -> list[Connection]:
    overdue = []
    for each, since in state.items():
        if since > limit:
            break
        overdue.append(each)
    return overdue
