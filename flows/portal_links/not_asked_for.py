"""*I didn't ask for this* in the emails of a portal link: who reads the mailbox ends the link and warns the staff."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from domain.ids import LinkId, StaffId
from domain.keyring import Keyring
from flows.effects import AlertUnaskedLink
from flows.failures import CALL_FAILURES
from flows.portal_links.landing_page import unavailable
from flows.portal_links.page_answers import LinkUnavailable
from flows.portal_links.progress import show_revoked
from flows.ports.context import Context
from flows.ports.store import AuditEntry, LinkRow

CUSTOMER = StaffId("customer")
"""Who ended such a link, in place of a member of staff."""
_PURPOSE = "not_asked_for"
_HALF = 16
"""How many bytes of a token are the link's id, and how many the digest of it: 43 characters in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAskedForPage:
    """What the page shows: whether the link still works, has been ended by this page, or doesn't exist."""

    state: Literal["open", "ended", "unknown"]


@dataclass(frozen=True, slots=True)
class NotAskedFor:
    """The page behind *I didn't ask for this*; opening it changes nothing."""

    context: Context

    async def look(self, token: str) -> NotAskedForPage | LinkUnavailable:
        """Return what the page shows; a scanner that opens it does no harm."""
        try:
            link = await self._link(token)
        except CALL_FAILURES as fault:
            return unavailable(fault, self.context)
        if link is None:
            return NotAskedForPage(state="unknown")
        return NotAskedForPage(state="ended" if link.revoked_by == CUSTOMER else "open")

    async def end(self, token: str, *, now: datetime) -> NotAskedForPage | LinkUnavailable:
        """End the link, and tell the managers and the agent who made it, once; even if it is used up by then."""
        try:
            link = await self._link(token)
            if link is None:
                return NotAskedForPage(state="unknown")
            async with self.context.store.begin() as unit:
                if await unit.links.revoke(link.id, by=CUSTOMER, at=now):
                    await show_revoked(unit, link, by=CUSTOMER, now=now)
                told = [
                    await unit.outbox.add(AlertUnaskedLink(link.id, to), key=f"unasked:{link.id}:{to}", due_at=now)
                    for to in dict.fromkeys((*self.context.settings.tell, link.made_by))
                ]
                if any(each is not None for each in told):
                    entry = AuditEntry(
                        who=CUSTOMER, action=_PURPOSE, whom=link.customer_id, at=now, outcome="ended", note=str(link.id)
                    )
                    await unit.audit.append(entry)
                await unit.commit()
        except CALL_FAILURES as fault:
            return unavailable(fault, self.context)
        return NotAskedForPage(state="ended")

    async def _link(self, token: str) -> LinkRow | None:
        """Return the link that a token belongs to, or None."""
        try:
            link_id = LinkId(UUID(bytes=urlsafe_b64decode(f"{token}=")[:_HALF]))
        except ValueError:
            return None
        async with self.context.store.read() as unit:
            link = await unit.links.get(link_id)
        if link is None or not hmac.compare_digest(token.encode(), unasked_token(self.context.keyring, link).encode()):
            return None
        return link


def unasked_token(keyring: Keyring, link: LinkRow) -> str:
    """Return the token of *I didn't ask for this*, which is good for nothing else: the link's id and a keyed digest."""
    digest = keyring.mac(_PURPOSE, link.id.bytes, key_id=link.key_id)[:_HALF]
    return urlsafe_b64encode(link.id.bytes + digest).rstrip(b"=").decode()
