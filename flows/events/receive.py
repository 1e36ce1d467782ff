"""Taking events in: verified, stored once, committed; nothing else happens on that path."""

from dataclasses import dataclass
from datetime import datetime

from flows.events.routing import HEEDED
from flows.ports.context import Context


class InvalidEvent(Exception):
    """An incoming event was refused; `reason` is a plain word for the log and holds nothing of the body."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class EventReceiver:
    """The door for signed events."""

    context: Context

    async def take_in(self, body: bytes, signature: str | None, *, now: datetime, wall: datetime) -> bool:
        """Store a signed event and return once it is committed; False: known already, or of no concern.

        Raises InvalidEvent for what is not a good event of ours, Unavailable where it could not be stored.
        """
        event = self.context.webhooks.verify(body, signature, wall=wall)
        if event.type not in HEEDED:
            return False
        return await self.context.store.receive(event, received_at=now)
