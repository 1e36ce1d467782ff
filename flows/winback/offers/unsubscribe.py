"""A customer unsubscribes from win-back emails: no log-in needed, and staff can't undo it."""

from dataclasses import dataclass
from datetime import datetime

from domain.keyring import token_digest
from flows.cancellations.withdraw_offers import suppress
from flows.failures import CALL_FAILURES, Unavailable
from flows.outbox.message_updates import CardUpdates
from flows.portal_links.landing_page import unavailable
from flows.portal_links.page_answers import LinkUnavailable
from flows.ports.context import Context
from flows.ports.store import AuditEntry
from flows.winback.offers.answers import PageClosed, UnsubscribePage


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """The page behind the link in every win-back email, and the one-click request of mail programs (RFC 8058)."""

    context: Context
    cards: CardUpdates

    async def look(self, token: str, *, now: datetime) -> UnsubscribePage | PageClosed | LinkUnavailable:
        """Return who the link unsubscribes; changes nothing. An address that can't be read now isn't shown."""
        try:
            async with self.context.store.read() as unit:
                link = await unit.people.unsubscribe_by_digest(token_digest(token))
                if link is None:
                    return PageClosed(why="unknown")
                suppression = await unit.people.suppression(link.person_id)
                done = suppression is not None and suppression.by is None
                customers = await unit.people.customers(link.person_id)
        except Unavailable as away:
            return unavailable(away, self.context)
        for customer_id in customers:
            try:
                _, address = self.context.wording.mask_customer(await self.context.billing.read_customer(customer_id))
            except CALL_FAILURES:
                continue
            if address is not None:
                return UnsubscribePage(masked_address=address, done=done)
        return UnsubscribePage(masked_address=None, done=done)

    async def unsubscribe(self, token: str, *, now: datetime) -> UnsubscribePage | PageClosed | LinkUnavailable:
        """Suppress the person for good and withdraw what is open; Stripe isn't asked."""
        try:
            async with self.context.store.begin() as unit:
                link = await unit.people.unsubscribe_by_digest(token_digest(token))
                if link is None:
                    return PageClosed(why="unknown")
                if await suppress(unit, link.person_id, by=None, why="unsubscribed", cards=self.cards, now=now):
                    await unit.audit.append(
                        AuditEntry(who="customer", action="unsubscribe", whom=str(link.person_id), at=now)
                    )
                    await unit.commit()
        except Unavailable as away:
            return unavailable(away, self.context)
        return UnsubscribePage(masked_address=None, done=True)
