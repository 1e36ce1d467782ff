"""Stripe's limit on calls a second, kept before Stripe has to: what somebody waits for goes first.

See "Rate limits" in Stripe's documentation: 25 calls a second in test mode, 100 in live mode, for the whole account.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from itertools import count
from typing import Any

import stripe

from flows.effects import Priority, current_priority

SPAN = 1.0  # seconds
KEPT_FREE = 10
"""One call of so many is kept for what somebody waits for."""
FIRST_REST = 1.0
LONGEST_REST = 30.0
"""Seconds that all calls rest after a 429, doubled with each further one."""

_paid: ContextVar[list[None] | None] = ContextVar("paid", default=None)


class CallLimit:
    """Lets so many calls begin in any second, the most urgent first, then the oldest."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._begun: deque[float] = deque()
        self._waiting: list[tuple[Priority, int, asyncio.Future[float]]] = []
        self._numbers = count()
        self._rests_until = 0.0
        self._rest = FIRST_REST
        self._timer: asyncio.TimerHandle | None = None

    async def turn(self) -> float:
        """Wait until a call may begin; return when that was, in the loop's time."""
        turn: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (current_priority(), next(self._numbers), turn))
        self._let_begin()
        return await turn

    @asynccontextmanager
    async def one_turn(self) -> AsyncIterator[None]:
        """Wait for the turn of the first call that follows, so that no time limit counts the wait."""
        await self.turn()
        token = _paid.set([None])
        try:
            yield
        finally:
            _paid.reset(token)

    async def next_turn(self) -> None:
        """Wait for the turn of a call, unless `one_turn` has waited for it already."""
        paid = _paid.get()
        if paid:
            paid.pop()
        else:
            await self.turn()

    def answered(self, status: int, headers: Mapping[str, str], *, begun: float) -> None:
        """Have all calls rest after a 429; any other answer ends the doubling."""
        now = asyncio.get_running_loop().time()
        if status != 429:
            self._rest = FIRST_REST
        elif begun >= self._rests_until:  # others on their way at the same time say nothing new
            told = 0.0
            with suppress(ValueError):
                told = float(headers.get("retry-after", ""))
            self._rests_until = now + min(max(self._rest, told), LONGEST_REST)
            self._rest = min(2 * self._rest, LONGEST_REST)

    def _let_begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        loop = asyncio.get_running_loop()
        while self._waiting:
            priority, _, turn = self._waiting[0]
            if turn.done():  # the caller that waited was cancelled
                heapq.heappop(self._waiting)
                continue
            now = loop.time()
            free_at = max(self._rests_until, self._free_at(priority, now=now))
            if free_at > now:
                self._timer = loop.call_at(free_at, self._let_begin)
                return
            heapq.heappop(self._waiting)
            self._begun.append(now)
            turn.set_result(now)

    def _free_at(self, priority: Priority, *, now: float) -> float:
        while self._begun and self._begun[0] <= now - SPAN:
            self._begun.popleft()
        most = self._per_second
        if priority is not Priority.WAITED_FOR:
            most -= most // KEPT_FREE
        return now if len(self._begun) < most else self._begun[-most] + SPAN


class LimitedHttp(stripe.AIOHTTPClient):
    """The SDK's HTTP client, each call of which waits for its turn: pages of a list and repeats, too."""

    def __init__(self, limit: CallLimit, **options: Any) -> None:
        super().__init__(**options)
        self._limit = limit

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Call Stripe when it is this call's turn."""
        await self._limit.next_turn()
        begun = asyncio.get_running_loop().time()
        content, status, answered = await super().request_async(method, url, headers, post_data)
        if status != 429 or b"lock_timeout" not in content:  # one object was in use; the account is not limited
            self._limit.answered(status, answered, begun=begun)
        return content, status, answered
