"""Delete what is long finished, in batches so small that nobody waits for them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.ports.store import Store, UnitOfWork
from jobs.worker import WorkerContext

STRIPE_KEEPS = timedelta(days=31)
"""Stripe can send an event again for 30 days; until then we keep its id, so that it is handled once."""
AIM = timedelta(milliseconds=8)
"""How long a batch should hold the writer, so that one that meets a slow disk still holds it less than 20 ms."""
FIRST_SIZE, MOST = 50, 500
REST = timedelta(milliseconds=20)
"""How long the writer is left to others between two batches."""

Find = Callable[[UnitOfWork, int], Awaitable[list[int]]]
Prune = Callable[[UnitOfWork, list[int]], Awaitable[None]]


@dataclass(slots=True)
class BatchSize:
    """How many rows a batch has: as many as lately took about as long as is aimed at."""

    rows: int = FIRST_SIZE

    def learn(self, took: timedelta) -> None:
        """Shrink after a batch that took too long, and grow slowly after a quick one."""
        if took > AIM:
            self.rows = max(1, int(self.rows * max(AIM / took, 0.1)))
        elif took < AIM / 2:
            self.rows = min(MOST, self.rows + self.rows // 4 + 1)


@dataclass(frozen=True, slots=True)
class QueuePruning:
    """Prunes the inbox and the outbox; `keep` is how long what is finished stays."""

    store: Store
    keep: timedelta
    worker: WorkerContext

    async def run(self, now: datetime) -> None:
        """Delete what is finished since `keep`, until nothing is left or the process stops."""
        before = now - self.keep
        gone = now - max(self.keep, STRIPE_KEEPS)
        await self._prune(
            lambda unit, most: unit.inbox.finished(received_before=before, limit=most),
            lambda unit, numbers: unit.inbox.drop_payloads(numbers),
        )
        await self._prune(
            lambda unit, most: unit.inbox.forgettable(created_before=gone, limit=most),
            lambda unit, numbers: unit.inbox.forget(numbers),
        )
        await self._prune(
            lambda unit, most: unit.outbox.prunable(due_before=before, limit=most),
            lambda unit, numbers: unit.outbox.prune(numbers),
        )

    async def _prune(self, find: Find, prune: Prune) -> None:
        size = BatchSize()
        while not self.worker.stopping.is_set():
            async with self.store.read() as unit:  # an idle bot takes no write lock
                numbers = await find(unit, size.rows)
            if not numbers:
                return
            took = await prune_batch(self.store, prune, numbers)
            size.learn(took)
            await asyncio.sleep(max(REST, took).total_seconds())


async def prune_batch(store: Store, prune: Prune, numbers: list[int]) -> timedelta:
    """Prune a batch; return for how long that held the writer, without the commit."""
    async with store.begin() as unit:
        began = time.perf_counter()
        await prune(unit, numbers)
        took = timedelta(seconds=time.perf_counter() - began)
        await unit.commit()
    return took
