"""An effect done at once, while somebody waits for it; what takes longer is left to the worker."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.outbox.dispatcher import Dispatcher
from flows.ports.context import Context

MAX_WAIT = timedelta(seconds=8)
"""So long a customer waits for what they pressed."""
LEASE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class InlineDispatcher:
    """Does one effect under the same lease as a worker would, so that never both do it.

    An effect to be done at once is due for the worker only when `max_wait` is over.
    """

    context: Context
    dispatcher: Dispatcher
    max_wait: timedelta

    async def do(self, key: str, *, now: datetime) -> None:
        """Do the effect of a key if nobody does it yet, as long as `max_wait`; what came of it stands in the rows.

        Whatever is not done by then, or failed in passing, is the worker's.
        """
        owner = self.context.new_id()
        async with self.context.store.begin() as unit:
            row = await unit.outbox.claim_one(key, owner=owner, wall=self.context.wall(), lease=LEASE)
            await unit.commit()
        if row is None:
            return
        try:
            async with asyncio.timeout(self.max_wait.total_seconds()):
                await self.dispatcher.dispatch(row, owner=owner, now=now)
        except TimeoutError:
            async with self.context.store.begin() as unit:
                await unit.outbox.give_back(owner=owner)
                await unit.commit()
