"""Taking events in: verified, stored once, committed; nothing else happens on that path."""

from collections.abc import Set as AbstractSet
from datetime import datetime

from flows.ports import Webhooks
from flows.ports.store import Store


class EventReceiver:
    """The door for signed events."""

    def __init__(self, *, store: Store, webhooks: Webhooks, heeded: AbstractSet[str]) -> None:
        self._store = store
        self._webhooks = webhooks
        self._heeded = heeded

    async def take_in(self, body: bytes, signature: str | None, *, now: datetime, wall: datetime) -> bool:
        """Store a signed event and return once it is committed; False: known already, or of no concern.

        Raises InvalidEvent for what is not a good event of ours, Unavailable where it could not be stored.
        """
        event = self._webhooks.verify(body, signature, wall=wall)
        if event.type not in self._heeded:
            return False
        return await self._store.receive(event, received_at=now)
