"""Commits for many at once: whatever waits while one commit runs shares the next."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class GroupCommit(Generic[Item, Answer]):
    """Hands what was given since the last commit to `store`, which answers one for one and in order.

    `store` runs once at a time. If it raises, everybody of its turn gets that error.
    """

    def __init__(self, store: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]], *, most: int) -> None:
        self._store = store
        self._most = most
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._running: asyncio.Task[None] | None = None

    async def give(self, item: Item) -> Answer:
        """Return once the item is committed."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await answer

    async def close(self) -> None:
        """Return when nothing waits any more."""
        if self._running is not None:
            await self._running

    async def _run(self) -> None:
        try:
            while self._waiting:
                turn, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._commit(turn)
        finally:
            self._running = None

    async def _commit(self, turn: Sequence[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._store([item for item, _ in turn])
        except Exception as error:  # noqa: BLE001  # it is raised again where each of them waits
            for _, answer in turn:
                if not answer.done():
                    answer.set_exception(error)
        else:
            for (_, answer), what in zip(turn, answers, strict=True):
                if not answer.done():  # who gave it may have been cancelled
                    answer.set_result(what)
