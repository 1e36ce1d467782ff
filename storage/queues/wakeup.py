"""Signals that wake this process's workers as soon as something is committed for them."""

import asyncio
from datetime import timedelta
from typing import get_args

from flows.effects import Lane


class Wakeup:
    """One signal, kept until a worker waits for it."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        """Wake the worker that waits now or next."""
        self._event.set()

    async def wait(self, timeout: timedelta) -> bool:  # noqa: ASYNC109  # a wait that ends by itself is the point
        """Wait for the signal, at most `timeout`; return False if none came."""
        try:
            async with asyncio.timeout(timeout.total_seconds()):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


class Wakeups:
    """The signals for the inbox and for each lane of the outbox."""

    def __init__(self) -> None:
        self.inbox = Wakeup()
        self.outbox: dict[Lane, Wakeup] = {lane: Wakeup() for lane in get_args(Lane)}

    def set_outbox(self) -> None:
        """Wake the workers of all lanes."""
        for each in self.outbox.values():
            each.set()
