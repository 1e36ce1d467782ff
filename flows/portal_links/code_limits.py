"""Limits on codes: how many a customer is sent, and when managers hear that somebody guesses them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.effects import AlertGuessedCodes
from flows.ports.context import Context
from flows.ports.store import LinkRow, UnitOfWork

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """Counts a customer's codes over all their links, and the links that wrong codes ended."""

    context: Context

    async def may_send(self, unit: UnitOfWork, link: LinkRow, *, now: datetime) -> bool:
        """Return whether the link's customer may be sent one more code; others wait till this transaction ends."""
        await unit.links.lock_customer(link.customer_id)
        sent = 0
        for each in await unit.links.of_customer(link.customer_id, since=now - self.context.settings.shown_for - HOUR):
            for number in range(1, each.code_number + 1):
                row = await unit.outbox.by_key(code_key(each, number))
                sent += row is not None and row.due_at > now - HOUR
        return sent < self.context.settings.code_emails_per_hour

    async def record_guessed(self, unit: UnitOfWork, *, now: datetime) -> None:
        """Alert the managers, once a day, when wrong codes have ended several links within a day."""
        terms = self.context.settings
        if await unit.links.count_guessed(since=now - DAY + terms.code_for) < terms.tell_managers_of_guessed:
            return
        for to in terms.tell:
            await unit.outbox.add(AlertGuessedCodes(to), key=f"guessed:{now:%Y-%m-%d}:{to}", due_at=now)


def code_key(link: LinkRow, number: int) -> str:
    """Return the key of the effect that emails a link's code."""
    return f"code:{link.id}:{number}"
