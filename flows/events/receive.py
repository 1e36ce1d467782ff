"""Receiving webhooks: each event is verified, stored once and committed; nothing else happens here."""

from dataclasses import dataclass
from datetime import datetime

from flows.events.router import EVENT_TYPES
from flows.ports import InvalidEvent, StripeEvent
from flows.ports.context import Context


@dataclass(frozen=True, slots=True)
class EventReceiver:
    """Stores signed events."""

    context: Context

    async def receive(self, body: bytes, signature: str | None, *, now: datetime, wall: datetime) -> bool:
        """Store a signed event and return once it is committed.

        False: it is known already, of a type that we ignore, or of another account, in whatever mode. Raises
        InvalidEvent, or DatabaseUnavailable if it could not be stored.
        """
        event = self.context.webhooks.verify(body, signature, wall=wall)
        if await is_foreign(event, self.context):
            return False
        if event.livemode is not self.context.settings.livemode:
            raise InvalidEvent("live event on a test key" if event.livemode else "test event on a live key")
        if event.type not in EVENT_TYPES:
            return False
        return await self.context.store.receive(event, received_at=now)


async def is_foreign(event: StripeEvent, context: Context) -> bool:
    """Return whether an event names another account than ours; any is another one while ours can't be read.

    Stripe names the account in events of connected accounts and of an organisation's, never in an account's own.
    """
    return bool(event.accounts) and event.accounts != {await context.billing.account_id()}
