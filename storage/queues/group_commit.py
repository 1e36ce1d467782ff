"""One commit for many items: whatever arrives while a commit runs shares the next one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class GroupCommit(Generic[Item, Result]):
    """Passes all items since the last commit to `store`, which returns one result for each, in order.

    Only one `store` runs at a time, with `most` items. If it raises, every item of that batch raises the same.
    """

    def __init__(self, store: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], *, most: int) -> None:
        self._store = store
        self._most = most
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._running: asyncio.Task[None] | None = None

    async def give(self, item: Item) -> Result:
        """Return the result once the item is committed."""
        result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, result))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await result

    async def close(self) -> None:
        """Wait until everything is committed."""
        if self._running is not None:
            await self._running

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._commit(batch)
        finally:
            self._running = None

    async def _commit(self, batch: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._store([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001  # raised again in each caller that waits
            for _, result in batch:
                if not result.done():
                    result.set_exception(error)
        else:
            for (_, result), what in zip(batch, results, strict=True):
                if not result.done():  # its caller may have been cancelled
                    result.set_result(what)
