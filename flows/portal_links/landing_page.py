"""The page behind a portal link: opening it changes nothing, and each press is checked and creates a session."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.billing.portal_access import CustomerAccount, PurposeRefused, Verified
from domain.ids import LinkId
from domain.keyring import code_matches, token_digest
from flows.effects import CompareReturn, EmailCode, RefreshCustomer
from flows.failures import CALL_FAILURES, Refused, Unavailable, Unclear
from flows.portal_links.code_limits import CodeLimits, code_key
from flows.portal_links.open_offer import open_offer, opening_entry
from flows.portal_links.page_answers import (
    CodeTooSoon,
    LinkGone,
    LinkPage,
    LinkUnavailable,
    NotOpened,
    OpenPortal,
    WrongCode,
)
from flows.portal_links.progress import record_step, show_link, state_of
from flows.portal_links.verify_customer import CustomerVerification
from flows.ports.context import Context
from flows.ports.store import LinkRow, ReturnRow

CODE_REST = timedelta(minutes=1)
"""The least time between two codes of one link."""
CODES = 5
"""The most codes of one link."""
READ_REST = timedelta(minutes=1)
"""The least time between two reads after returns from the portal."""


@dataclass(frozen=True, slots=True)
class LandingPages:
    """The page behind a link, and the return from the portal."""

    context: Context
    verification: CustomerVerification
    codes: CodeLimits

    async def look(self, token: str, *, now: datetime) -> LinkPage | LinkGone | LinkUnavailable:
        """Return what the page shows, and change nothing, so that link scanners use nothing up."""
        try:
            link = await self._open_link(token, now=now)
            return link if isinstance(link, LinkGone) else await self._page(link, now=now)
        except CALL_FAILURES as fault:
            return unavailable(fault, self.context)

    async def send_code(self, token: str, *, now: datetime) -> LinkPage | LinkGone | CodeTooSoon | LinkUnavailable:
        """Send a new code to the address on file."""
        terms = self.context.settings
        try:
            link = await self._open_link(token, now=now)
            if isinstance(link, LinkGone):
                return link
            if not link.needs_code:
                return await self._page(link, now=now)
            sent_at = link.code_expires_at - terms.code_for if link.code_expires_at else None
            if link.code_number >= CODES or (sent_at is not None and now < sent_at + CODE_REST):
                return CodeTooSoon()
            async with self.context.store.begin() as unit:
                if not await self.codes.may_send(unit, link, now=now):
                    return CodeTooSoon()
                begun = await unit.links.next_code(
                    link.id, expected_number=link.code_number, expires_at=now + terms.code_for, tries=terms.code_tries
                )
                if begun:
                    await unit.outbox.add(EmailCode(link.id), key=code_key(link, link.code_number + 1), due_at=now)
                    await record_step(unit, link.id, "opened_at", now=now)
                    await unit.commit()
            link = await self._open_link(token, now=now)
            return link if isinstance(link, LinkGone) else await self._page(link, now=now)
        except CALL_FAILURES as fault:
            return unavailable(fault, self.context)

    async def enter(
        self, token: str, *, code: str | None, now: datetime
    ) -> OpenPortal | WrongCode | NotOpened | LinkGone | LinkUnavailable:
        """Check everything again, use one opening and create a portal session."""
        try:
            link = await self._open_link(token, now=now)
            if isinstance(link, LinkGone):
                return link
            if link.needs_code:
                wrong = await self._wrong_code(link, code or "", now=now)
                if wrong is not None:
                    return wrong
            if link.offer_id is not None:
                url = await open_offer(self.context, link, link.offer_id, now=now)
                return LinkGone(known=True) if url is None else OpenPortal(url=url)
            account = await self.verification.account(link.customer_id)
            verdict = await self.verification.verify([account], purpose=link.purpose, chosen=link.subscription_id)
            if not isinstance(verdict, Verified):
                async with self.context.store.begin() as unit:
                    await unit.audit.append(opening_entry(link, outcome="refused", now=now))
                    await unit.commit()
                return NotOpened(active=isinstance(verdict, PurposeRefused))
            return await self._enter(link, account, now=now)
        except CALL_FAILURES as fault:
            return unavailable(fault, self.context)

    async def _enter(self, link: LinkRow, account: CustomerAccount, *, now: datetime) -> OpenPortal | LinkGone:
        """Use an opening and create the session; return the opening if that fails."""
        way_back = ReturnRow(
            id=LinkId(self.context.new_id()),
            token_digest="",
            customer_id=link.customer_id,
            link_id=link.id,
            made_at=now,
            read_at=None,
        )
        token = self.context.keyring.link_token(way_back.id, "back", self.context.keyring.current)
        async with self.context.store.begin() as unit:
            if not await unit.links.use_opening(link.id, now=now):
                return LinkGone(known=True)
            await unit.links.add_return(replace(way_back, token_digest=token_digest(token)))
            if link.opened_with is None:
                await unit.links.keep_state(link.id, state_of(self.context, link, account))
            await unit.commit()
        try:
            url = await self.context.billing.open_portal(
                customer_id=link.customer_id,
                purpose=link.purpose,
                subscription_id=link.subscription_id,
                return_url=f"{self.context.settings.public_url}/back/{token}",
                idempotency_key=str(way_back.id),
            )
        except CALL_FAILURES:
            async with self.context.store.begin() as unit:
                await unit.links.give_back_opening(link.id)
                await unit.commit()
            raise
        async with self.context.store.begin() as unit:
            if link.needs_code:
                spent = link.code_number
                await unit.links.next_code(
                    link.id, expected_number=spent, expires_at=now, tries=self.context.settings.code_tries
                )
                await record_step(unit, link.id, "code_entered_at", now=now)
            await record_step(unit, link.id, "opened_at", now=now)
            await unit.audit.append(opening_entry(link, outcome="done", now=now))
            await unit.commit()
        return OpenPortal(url=url)

    async def return_from_portal(self, token: str, *, now: datetime) -> str | LinkGone | None:
        """Record a return from the portal, and return the company's page to go on to, if there is one."""
        try:
            async with self.context.store.begin() as unit:
                row = await unit.links.return_by_digest(token_digest(token))
                if row is None:
                    return LinkGone(known=False)
                if await unit.links.record_return(row.id, now=now, not_since=now - READ_REST):
                    await unit.outbox.request(
                        RefreshCustomer(row.customer_id), key=f"read:{row.customer_id}", due_at=now
                    )
                    if row.link_id is not None:
                        await record_step(unit, row.link_id, "returned_at", now=now)
                        again = f"return:{row.link_id}"
                        await unit.outbox.request(CompareReturn(row.link_id), key=again, due_at=now)
                    await unit.commit()
        except Unavailable:
            return self.context.settings.return_url  # the customer goes on; webhooks and polling report what they did
        return self.context.settings.return_url

    async def _open_link(self, token: str, *, now: datetime) -> LinkRow | LinkGone:
        async with self.context.store.read() as unit:
            link = await unit.links.by_digest(token_digest(token))
        if link is None:
            return LinkGone(known=False)
        over = link.revoked_at is not None or now >= link.expires_at or link.openings_left <= 0
        return LinkGone(known=True) if over or link.guessed_out else link

    async def _page(self, link: LinkRow, *, now: datetime) -> LinkPage:
        name, address = self.context.wording.mask_customer(await self.context.billing.read_customer(link.customer_id))
        standing = link.code_expires_at is not None and now < link.code_expires_at
        return LinkPage(
            masked_name=name,
            masked_address=address,
            purpose=link.purpose,
            offer=link.offer_id is not None,
            needs_code=link.needs_code,
            code_sent=standing,
            tries_left=link.code_tries_left if standing else 0,
        )

    async def _wrong_code(self, link: LinkRow, typed: str, *, now: datetime) -> WrongCode | LinkGone | None:
        """Use one try and compare; None: the code is right. A wrong last try ends the link."""
        if link.code_expires_at is None or now >= link.code_expires_at:
            return WrongCode(tries_left=0)
        async with self.context.store.begin() as unit:  # first, so that simultaneous guesses don't share a try
            if not await unit.links.use_try(link.id):
                return LinkGone(known=True)
            await unit.commit()
        right = code_matches(typed, self.context.keyring.code(link.id, link.code_number, link.key_id))
        if not right and link.code_tries_left > 1:
            return WrongCode(tries_left=link.code_tries_left - 1)
        async with self.context.store.begin() as unit:
            if right:
                await unit.links.give_back_try(link.id)
            else:
                await unit.audit.append(opening_entry(link, outcome="guessed", now=now))
                await self.codes.record_guessed(unit, now=now)
                await show_link(unit, link.id, now=now)
            await unit.commit()
        return None if right else LinkGone(known=True)


def unavailable(fault: Refused | Unavailable | Unclear, context: Context) -> LinkUnavailable:
    """Return the answer for a failed call, with a reference to find it by."""
    return LinkUnavailable(why=fault.why, reference=str(context.new_id())[-8:])
