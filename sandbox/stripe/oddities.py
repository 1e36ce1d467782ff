"""What webhooks may do besides arriving once and in order: be held back, doubled, turned round, or not be ours."""

from __future__ import annotations

from sandbox.stripe.ledger import Json, Ledger
from sandbox.stripe.webhooks import Webhooks


class WebhookOddities:
    """Odd deliveries of an account's events; what is sent is sent once, whatever the bot answers."""

    def __init__(self, ledger: Ledger, webhooks: Webhooks) -> None:
        self._ledger = ledger
        self._webhooks = webhooks

    async def hold(self) -> None:
        """Hold back every event from now on."""
        self._webhooks.mode = "held"

    async def release(self) -> None:
        """Send what was held in its order."""
        await self._send(self._taken())

    async def release_reversed(self) -> None:
        """Send what was held with the newest first (Stripe: Webhooks, "doesn't guarantee the delivery of events")."""
        await self._send(self._taken()[::-1])

    async def release_twice(self) -> None:
        """Send each event that was held twice (Stripe: Webhooks, "might receive the same event more than once")."""
        await self._send([event for event in self._taken() for _ in range(2)])

    async def foreign(self) -> None:
        """Send the newest event as one of a connected account, and as one of an organisation."""
        for marks in ({"account": "acct_1Somebody"}, {"context": "acct_1Somebody"}):
            newest = next(reversed(self._ledger.objects["event"].values()), None)
            if newest is not None:
                await self._send([newest | marks | {"id": self._ledger.new_id("event")}])

    def _taken(self) -> list[Json]:
        held, self._webhooks.held, self._webhooks.mode = self._webhooks.held, [], "automatic"
        return held

    async def _send(self, events: list[Json]) -> None:
        for event in events:
            await self._webhooks.deliver(event)
