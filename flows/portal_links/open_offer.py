"""A link that opens an offer's page in place of the portal, behind the same code and with the same few openings."""

from datetime import datetime

from domain.ids import OfferId
from flows.portal_links.progress import record_step
from flows.ports.context import Context
from flows.ports.store import AuditEntry, LinkRow


async def open_offer(context: Context, link: LinkRow, offer_id: OfferId, *, now: datetime) -> str | None:
    """Use an opening and return the address of the offer's page, which says whether the offer still stands.

    None: there is no opening left, or no such offer any more.
    """
    async with context.store.begin() as unit:
        offer = await unit.offers.get(offer_id)
        if offer is None or not await unit.links.use_opening(link.id, now=now):
            return None
        if link.needs_code:
            tries = context.settings.code_tries
            await unit.links.next_code(link.id, expected_number=link.code_number, expires_at=now, tries=tries)
            await record_step(unit, link.id, "code_entered_at", now=now)
        await record_step(unit, link.id, "opened_at", now=now)
        await unit.audit.append(opening_entry(link, outcome="done", now=now))
        await unit.commit()
    return f"{context.settings.public_url}/o/{context.keyring.link_token(offer.id, 'offer', offer.key_id)}"


def opening_entry(link: LinkRow, *, outcome: str, now: datetime) -> AuditEntry:
    """Return the entry of the audit log that says what came of opening a link."""
    return AuditEntry(
        who="customer", action="open_link", whom=link.customer_id, at=now, outcome=outcome, note=str(link.id)
    )
