"""Running an effect at once, while a customer waits for it; what takes longer is left to a worker."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.outbox.dispatcher import Dispatcher
from flows.ports.context import Context

MAX_WAIT = timedelta(seconds=8)
"""How long a customer waits for the button they pressed."""
LEASE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class InlineDispatcher:
    """Runs one effect under the same lease as a worker would, so that never both run it.

    Such an effect is due for the worker only after `max_wait`.
    """

    context: Context
    dispatcher: Dispatcher
    max_wait: timedelta

    async def do(self, key: str, *, now: datetime) -> None:
        """Run the effect of a key for at most `max_wait`, unless it runs already; its row tells the result."""
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
