"""Signals that wake this process's workers, and words by which it tells others on the same database what changed."""

import asyncio
from collections.abc import Callable, Iterable
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


class Announcements:
    """Runs what has been registered for a word, and keeps the word until the other processes have been told."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Callable[[], None]]] = {}
        self._untold: set[str] = set()
        self.news = Wakeup()

    def listen(self, word: str, react: Callable[[], None]) -> None:
        """Have something done whenever this process or another one announces a word."""
        self._listeners.setdefault(word, []).append(react)

    def announce(self, words: Iterable[str]) -> None:
        """React here, at once, and have the other processes told."""
        told = set(words)
        self.hear(told)
        if told:
            self._untold |= told
            self.news.set()

    def hear(self, words: Iterable[str] | None = None) -> None:
        """React to what another process announced; None: to every word, since some may have been missed."""
        for word in sorted(self._listeners if words is None else words):
            for react in self._listeners.get(word, ()):
                react()

    def take_untold(self) -> set[str]:
        """Return the words that the other processes haven't been told yet, and forget them."""
        untold, self._untold = self._untold, set()
        return untold
