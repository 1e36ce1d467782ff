"""Calls that wake this process's workers as soon as something is committed for them."""

import asyncio
from datetime import timedelta
from typing import get_args

from flows.effects import Lane


class Wakeup:
    """One call; it is kept until it is heard."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        """Wake whoever waits, or who waits next."""
        self._event.set()

    async def wait(self, timeout: timedelta) -> bool:  # noqa: ASYNC109  # a wait that ends by itself is the point
        """Wait for a call, not longer than `timeout`; False: none came."""
        try:
            async with asyncio.timeout(timeout.total_seconds()):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


class Wakeups:
    """The calls for what came in and for what is to go out."""

    def __init__(self) -> None:
        self.inbox = Wakeup()
        self.outbox: dict[Lane, Wakeup] = {lane: Wakeup() for lane in get_args(Lane)}
