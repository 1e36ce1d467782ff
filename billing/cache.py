"""What is asked for often and changes seldom: remembered for a minute."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from flows.ports import Clock

KEPT = timedelta(seconds=60)

_T = TypeVar("_T")


class Cache(Generic[_T]):
    """An answer at most a minute old; asking raises what `ask` raises, and a failure is not remembered."""

    def __init__(self, ask: Callable[[], Awaitable[_T]], *, clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._known: tuple[datetime, _T] | None = None

    async def get(self) -> _T:
        """Give the answer, asked anew where the last one is a minute old."""
        now = self._clock()
        if self._known is None or not timedelta() <= now - self._known[0] < KEPT:
            self._known = (now, await self._ask())
        return self._known[1]
