"""Polling Stripe for events that no webhook delivered: missed while down, or with no public address at all."""

from dataclasses import dataclass
from datetime import datetime

from flows.cancellations.track_case import FIRST_START
from flows.events.receive import is_foreign
from flows.ports.context import Context
from flows.ports.store import OVERLAP, WATERMARK


@dataclass(frozen=True, slots=True)
class EventPoller:
    """Walks Stripe's events from the newest back to those that are stored."""

    context: Context

    async def begin(self, *, now: datetime) -> datetime:
        """Store the time of the first start, in whole seconds as Stripe counts; return the stored one."""
        async with self.context.store.begin() as unit:
            floor = await unit.checkpoints.set_once(FIRST_START, now.replace(microsecond=0))
            await unit.commit()
        return floor

    async def poll(self, *, now: datetime) -> int:
        """Store all new events and return how many there were.

        The watermark moves only when the whole walk is committed; an interrupted walk starts again.
        """
        async with self.context.store.read() as unit:
            floor = await unit.checkpoints.get(FIRST_START)
            watermark = await unit.checkpoints.get(WATERMARK)
        if floor is None:
            raise RuntimeError("polling before the first start was stored")
        back_to = max(floor, (watermark or floor) - OVERLAP)
        newest = watermark
        new = 0
        async for page in self.context.billing.events_back_to(back_to):
            recent = [event for event in page if event.created_at >= floor]
            wanted = [event for event in recent if not await is_foreign(event, self.context)]
            async with self.context.store.read() as unit:
                unknown = await unit.inbox.unknown(wanted)
            if unknown:
                async with self.context.store.begin() as unit:
                    new += await unit.inbox.add(unknown, received_at=now)
                    await unit.commit()
            newest = max([*(event.created_at for event in recent), *([newest] if newest else [])], default=None)
        if newest is not None and newest != watermark:
            async with self.context.store.begin() as unit:
                await unit.checkpoints.set(WATERMARK, newest)
                await unit.commit()
        return new
