"""Finishing routine updates in sets, without a call to Stripe: renewals are nearly all events there are."""

from dataclasses import dataclass
from datetime import datetime

from domain.cancellations.routine import may_skip
from flows.ports.context import Context

SET = 100
"""How many are looked at together: a payload has about 6 kB."""


@dataclass(frozen=True, slots=True)
class RoutineUpdates:
    """Looks at the routine updates that wait: most change nothing and are finished, the others must be read.

    Nothing is claimed, as nothing is called. Whatever else happens to a subscription meanwhile is as if it happened
    after the update.
    """

    context: Context

    async def look(self, *, wall: datetime) -> int:
        """Finish what may be skipped of the oldest that wait, have the rest read; return how many were looked at."""
        async with self.context.store.read() as unit:
            events = await unit.inbox.routine(wall=wall, limit=SET)
            updates = {event.id: self.context.webhooks.update(event) for event in events}
            ids = {update.seen.subscription_id for update in updates.values() if update is not None}
            known = await unit.observations.known(ids, key_id=self.context.keyring.current)
        skipped = [
            event_id
            for event_id, update in updates.items()
            if update is not None and may_skip(update, known.get(update.seen.subscription_id))
        ]
        if events:
            async with self.context.store.begin() as unit:
                await unit.inbox.finish_routine(skipped, wall=wall)
                await unit.inbox.have_read([event.id for event in events if event.id not in set(skipped)])
                await unit.commit()
        return len(events)

    async def have_all_read(self, *, wall: datetime) -> None:
        """Have the oldest that wait read one by one, after a fault in looking at them."""
        async with self.context.store.read() as unit:
            events = await unit.inbox.routine(wall=wall, limit=SET)
        async with self.context.store.begin() as unit:
            await unit.inbox.have_read([event.id for event in events])
            await unit.commit()
