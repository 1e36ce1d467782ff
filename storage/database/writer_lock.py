"""The lock before SQLite's one writer: what comes in waits for one other transaction at most."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from flows.failures import DatabaseUnavailable
from storage.database.engine import BUSY_TIMEOUT


class WriterLock:
    """A lock for the writers of one process, with the time-out that SQLite has for other processes.

    Two kinds of writers take turns, each in the order they come: those that store arrivals, for which Stripe waits, and
    all others. Raises DatabaseUnavailable after the time-out; otherwise the waits for a locked file would add up.
    """

    def __init__(self) -> None:
        self._held = False
        self._arrivals: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def held(self, *, for_arrivals: bool = False) -> AsyncIterator[None]:
        """Hold the lock."""
        await self._acquire(self._arrivals if for_arrivals else self._others)
        try:
            yield
        finally:
            turns = (self._others, self._arrivals) if for_arrivals else (self._arrivals, self._others)
            self._pass_on(*turns)

    async def _acquire(self, queue: deque[asyncio.Future[None]]) -> None:
        if not self._held:
            self._held = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            async with asyncio.timeout(BUSY_TIMEOUT.total_seconds()):
                await turn
        except TimeoutError:
            self._give_up(turn)
            raise DatabaseUnavailable("the database is too busy: its writers wait for one another") from None
        except asyncio.CancelledError:
            self._give_up(turn)
            raise

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        if turn.done() and not turn.cancelled():  # it came at the same moment
            self._pass_on(self._arrivals, self._others)
        turn.cancel()

    def _pass_on(self, *queues: deque[asyncio.Future[None]]) -> None:
        for queue in queues:
            while queue:
                turn = queue.popleft()
                if not turn.done():
                    turn.set_result(None)
                    return
        self._held = False
