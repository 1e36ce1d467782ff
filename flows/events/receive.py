"""Receiving webhooks: each event is verified, stored once and committed; nothing else happens here."""

from dataclasses import dataclass
from datetime import datetime

from flows.events.router import EVENT_TYPES
from flows.ports.context import Context


@dataclass(frozen=True, slots=True)
class EventReceiver:
    """Stores signed events."""

    context: Context

    async def receive(self, body: bytes, signature: str | None, *, now: datetime, wall: datetime) -> bool:
        """Store a signed event and return once it is committed; False: known already, or of a type we ignore.

        Raises InvalidEvent, or DatabaseUnavailable if it could not be stored.
        """
        event = self.context.webhooks.verify(body, signature, wall=wall)
        if event.type not in EVENT_TYPES:
            return False
        return await self.context.store.receive(event, received_at=now)
