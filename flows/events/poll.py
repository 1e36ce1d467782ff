"""Polling Stripe for events that no webhook delivered: missed while down, or with no public address at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flows.cancellations.track_case import FIRST_START
from flows.events.receive import is_foreign
from flows.ports import StripeEvent
from flows.ports.context import Context
from flows.ports.store import OVERLAP, WATERMARK


@dataclass(frozen=True, slots=True)
class EventPoller:
    """Walks Stripe's events from the newest back to those that are stored, and stores the others."""

    context: Context

    async def begin(self, *, now: datetime) -> datetime:
        """Store the time of the first start, in whole seconds as Stripe counts; return the stored one."""
        async with self.context.store.begin() as unit:
            floor = await unit.checkpoints.set_once(FIRST_START, now.replace(microsecond=0))
            await unit.commit()
        return floor

    async def poll(self, *, now: datetime) -> int:
        """Store all new events, the oldest first, and return how many there were.

        Only the walk back tells which page that is, so the pages from there on are read again: 10,000 events don't stay
        in memory. The watermark moves only when the whole walk is committed; an interrupted walk starts again.
        """
        async with self.context.store.read() as unit:
            floor = await unit.checkpoints.get(FIRST_START)
            watermark = await unit.checkpoints.get(WATERMARK)
        if floor is None:
            raise RuntimeError("polling before the first start was stored")
        newest, pages, oldest = watermark, 0, list[StripeEvent]()
        async for page in self.context.billing.events_back_to(max(floor, (watermark or floor) - OVERLAP)):
            pages += 1
            if unknown := await self._unknown(page, floor):
                oldest, after, is_newest = unknown, page[0].id, pages == 1
            recent = [event.created_at for event in page if event.created_at >= floor]
            newest = max([*recent, *([newest] if newest else [])], default=None)
        new = await self._store(oldest, now=now)
        if oldest and not is_newest:
            async for page in self.context.billing.events_after(after):
                new += await self._store(await self._unknown(page, floor), now=now)
        if newest is not None and newest != watermark:
            async with self.context.store.begin() as unit:
                await unit.checkpoints.set(WATERMARK, newest)
                await unit.commit()
        return new

    async def _unknown(self, page: Sequence[StripeEvent], floor: datetime) -> list[StripeEvent]:
        """Return what is to be stored of a page, newest first."""
        recent = [event for event in page if event.created_at >= floor]
        wanted = [event for event in recent if not await is_foreign(event, self.context)]
        async with self.context.store.read() as unit:
            return await unit.inbox.unknown(wanted)

    async def _store(self, newest_first: Sequence[StripeEvent], *, now: datetime) -> int:
        if not newest_first:
            return 0
        async with self.context.store.begin() as unit:
            new = await unit.inbox.add(newest_first[::-1], received_at=now)
            await unit.commit()
        return new
