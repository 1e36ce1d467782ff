"""Taking events in: verified, stored once, committed; nothing else happens on that path."""

from dataclasses import dataclass
from datetime import datetime

from flows.events.router import EVENT_TYPES
from flows.ports.context import Context


@dataclass(frozen=True, slots=True)
class EventReceiver:
    """The door for signed events."""

    context: Context

    async def receive(self, body: bytes, signature: str | None, *, now: datetime, wall: datetime) -> bool:
        """Store a signed event and return once it is committed; False: known already, or of no concern.

        Raises InvalidEvent for what is not a good event of ours, Unavailable where it could not be stored.
        """
        event = self.context.webhooks.verify(body, signature, wall=wall)
        if event.type not in EVENT_TYPES:
            return False
        return await self.context.store.receive(event, received_at=now)
