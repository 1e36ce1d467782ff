"""The emails of a portal link: the link, and the code that its page asks for. Both go to the address on file."""

from dataclasses import dataclass
from datetime import datetime

from domain.billing.portal_access import Verified
from domain.billing.subscription import Customer
from domain.email import LinkEmail
from domain.permissions import Action, allowed
from flows.effects import EmailCode, EmailLink
from flows.failures import Refused, Unavailable
from flows.outbox.dispatcher import Attempt
from flows.portal_links.address_guard import AddressGuard
from flows.portal_links.not_asked_for import unasked_token
from flows.portal_links.progress import record_step
from flows.portal_links.verify_customer import CustomerVerification
from flows.ports import EmailWriter, Mailer, NotStaff, Staff
from flows.ports.context import Context
from flows.ports.store import LinkRow


@dataclass(frozen=True, slots=True)
class LinkEmails:
    """Runs `EmailLink` and `EmailCode`.

    After an unclear attempt the email is sent again: it has the same link or code and the same message id, so a second
    copy reveals nothing new.
    """

    context: Context
    verification: CustomerVerification
    address_guard: AddressGuard
    writer: EmailWriter
    mailer: Mailer

    async def email_link(self, effect: EmailLink, attempt: Attempt, now: datetime) -> None:
        """Send the link if it is still valid, its agent still may and the customer is still active."""
        link = await self._valid_link(effect, now=now)
        if link is None:
            return
        customer = await self._active(link)
        await self._still_may(link, customer, now=now)
        token = self.context.keyring.link_token(link.id, "link", link.key_id)
        email = self.writer.link(
            LinkEmail(
                customer=customer,
                url=f"{self.context.settings.public_url}/p/{token}",
                purpose=link.purpose,
                agent=await self.context.directory.name(link.made_by),
                expires_at=link.expires_at,
                openings=link.openings,
                unasked_url=self._unasked_url(link),
            ),
            message_id=str(attempt.row.id),
        )
        await attempt.begin()
        await self.mailer.send(email)
        async with self.context.store.begin() as unit:
            await record_step(unit, link.id, "sent_at", now=now)
            await unit.commit()

    async def email_code(self, effect: EmailCode, attempt: Attempt, now: datetime) -> None:
        """Send the code if it can still be used; the page checks the rest."""
        link = await self._valid_link(effect, now=now)
        if link is None or link.code_expires_at is None or now >= link.code_expires_at:
            return
        customer = (await self.verification.account(link.customer_id)).customer
        if customer.email is None:
            raise Refused("the customer has no address on file any more", fault="request", code="no_address")
        minutes = int(self.context.settings.code_for.total_seconds() // 60)
        code = self.context.keyring.code(link.id, link.code_number, link.key_id)
        email = self.writer.code(
            customer=customer,
            code=code,
            minutes=minutes,
            unasked_url=self._unasked_url(link),
            message_id=str(attempt.row.id),
        )
        await attempt.begin()
        await self.mailer.send(email)

    def _unasked_url(self, link: LinkRow) -> str:
        return f"{self.context.settings.public_url}/n/{unasked_token(self.context.keyring, link)}"

    async def _valid_link(self, effect: EmailLink | EmailCode, *, now: datetime) -> LinkRow | None:
        async with self.context.store.read() as unit:
            link = await unit.links.get(effect.link_id)
        if link is None or link.revoked_at is not None or now >= link.expires_at:
            return None
        return link

    async def _still_may(self, link: LinkRow, customer: Customer, *, now: datetime) -> None:
        roles = await self.context.directory.roles(Staff(id=link.made_by, team_id=None))
        if isinstance(roles, NotStaff) or not allowed(Action.MAIL_LINK, roles):
            raise Refused("the agent who asked for the email no longer may", fault="request", code="not_allowed")
        if allowed(Action.MAIL_TO_CHANGED_ADDRESS, roles):
            return
        fresh = await self.address_guard.look(customer, now=now)
        if fresh is not None and fresh.at is None:
            raise Unavailable("it could not be found out whether the address on file changed lately")
        if fresh is not None:
            why = "the address on file changed lately: only a manager can have an email sent to it"
            raise Refused(why, fault="request", code="fresh_address")

    async def _active(self, link: LinkRow) -> Customer:
        """Return the customer; refuse one who is no longer active or has no address any more."""
        account = await self.verification.account(link.customer_id)
        verdict = await self.verification.verify([account], purpose=link.purpose, chosen=link.subscription_id)
        if not isinstance(verdict, Verified) or account.customer.email is None:
            raise Refused("the customer is no longer active; nothing was sent", fault="request", code="not_active")
        return account.customer
