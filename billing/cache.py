"""A cache of one minute for what is read often and seldom changes."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from flows.ports import Clock

KEPT = timedelta(seconds=60)

_T = TypeVar("_T")


class Cache(Generic[_T]):
    """An answer at most a minute old. A failure is raised and not kept."""

    def __init__(self, read: Callable[[], Awaitable[_T]], *, clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._known: tuple[datetime, _T] | None = None

    async def get(self) -> _T:
        """Return the answer; ask again once the last one is a minute old."""
        now = self._clock()
        if self._known is None or not timedelta() <= now - self._known[0] < KEPT:
            self._known = (now, await self._read())
        return self._known[1]
