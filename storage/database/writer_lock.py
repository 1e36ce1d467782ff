"""The lock for SQLite's one writer at a time. Whoever waits for it holds no connection meanwhile."""

import asyncio
from types import TracebackType

from flows.failures import DatabaseUnavailable
from storage.database.engine import BUSY_TIMEOUT


class WriterLock:
    """A lock for the writers of one process, with the time-out that SQLite has for other processes.

    Raises DatabaseUnavailable after that time; otherwise the waits for a locked file would add up.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> None:
        try:
            async with asyncio.timeout(BUSY_TIMEOUT.total_seconds()):
                await self._lock.acquire()
        except TimeoutError:
            raise DatabaseUnavailable("the database is too busy: its writers wait for one another") from None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()
