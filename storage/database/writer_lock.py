"""Waiting in turn: SQLite lets one write at a time, and whoever waits here holds no connection meanwhile."""

import asyncio
from types import TracebackType

from flows.failures import DatabaseUnavailable
from storage.database.engine import BUSY_TIMEOUT


class WriterLock:
    """A lock for the writers of one process, waited for no longer than SQLite itself waits for other programs.

    Without that limit the writers' waits for a locked file would add up. Raises DatabaseUnavailable when it is reached.
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
