"""Delivering a portal link, by email or to the agent, and revoking it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.billing.portal_access import NeedsChoice, NoCustomer, SeveralCustomers, Verified
from domain.ids import CustomerId, LinkId, StaffId
from domain.keyring import token_digest
from domain.permissions import Action
from flows.effects import EmailLink, ExpireLink
from flows.failures import CALL_FAILURES, OutsideFailure, describe_failure
from flows.people.staff_permissions import PermissionDenied, StaffPermissions
from flows.portal_links.address_guard import AddressGuard
from flows.portal_links.answers import ButtonExpired, ButtonTarget, DeliveryAnswer, LinkEmailed, LinkRevoked, LinkShown
from flows.portal_links.progress import show_revoked
from flows.portal_links.verify_customer import CustomerVerification
from flows.ports import Staff
from flows.ports.context import Context
from flows.ports.store import AuditEntry, LinkChannel, LinkRow, LookupRow, Store, UnitOfWork

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LinkDelivery:
    """From a verified customer to a link, each time checked again."""

    context: Context
    permission: StaffPermissions
    verification: CustomerVerification
    address_guard: AddressGuard

    async def mail(self, *, requester: Staff, target: ButtonTarget, now: datetime) -> DeliveryAnswer:
        """Check again, then create the link and email it to the address on file; a second press changes nothing."""
        try:
            checked = await self._check_again(requester, Action.MAIL_LINK, target, now=now)
            if not isinstance(checked, tuple):
                return checked
            row, verified = checked
            customer = verified.customer
            if customer.email is None or not self.context.settings.mail or self.context.settings.public_url is None:
                return ButtonExpired()
            if await self.address_guard.look(customer, now=now) is not None:
                denial = await self.permission.denial(
                    requester, Action.MAIL_TO_CHANGED_ADDRESS, whom=customer.id, now=now
                )
                if denial is not None:
                    return denial
            link = self._link(row, verified, channel="mail", now=now)
            async with self.context.store.begin() as unit:
                key = f"mail:{target.lookup_id}:{customer.id}:{link.subscription_id or ''}"
                if await unit.outbox.add(EmailLink(link.id), key=key, due_at=now) is None:
                    link = await _emailed_before(unit, key) or link
                else:
                    await self._keep_link(unit, link, row, now=now)
                    await unit.commit()
        except CALL_FAILURES as fault:
            return describe_failure(fault, target.lookup_id)
        return LinkEmailed(link_id=link.id, address=customer.email, expires_at=link.expires_at, openings=link.openings)

    async def show(self, *, requester: Staff, target: ButtonTarget, now: datetime) -> DeliveryAnswer:
        """Check again, then create a link for the agent to pass on."""
        try:
            checked = await self._check_again(requester, Action.SHOW_LINK, target, now=now)
            if not isinstance(checked, tuple):
                return checked
            row, verified = checked
            if self.context.settings.public_url is None:
                return await self._show_stripe_link(row, verified, now=now)
            if self.context.settings.needs_code and verified.customer.email is None:
                return ButtonExpired()
            link = self._link(row, verified, channel="shown", now=now)
            async with self.context.store.begin() as unit:
                await revoke_shown(unit, link, since=now - self.context.settings.shown_for, now=now)
                await self._keep_link(unit, link, row, now=now)
                await unit.commit()
        except CALL_FAILURES as fault:
            return describe_failure(fault, target.lookup_id)
        token = self.context.keyring.link_token(link.id, "link", link.key_id)
        return LinkShown(
            link_id=link.id,
            customer=verified.customer,
            purpose=row.purpose,
            ticket=row.ticket,
            url=f"{self.context.settings.public_url}/p/{token}",
            expires_at=link.expires_at,
            openings=link.openings,
            needs_code=link.needs_code,
        )

    async def _show_stripe_link(self, row: LookupRow, verified: Verified, *, now: datetime) -> DeliveryAnswer:
        """Show Stripe's own link, if we have no public address: it works once, soon, and can't be revoked."""
        customer = verified.customer
        async with self.context.store.begin() as unit:  # first, so that no link leaves unrecorded
            await unit.audit.append(_delivered(row, customer.id, outcome="stripe_link", now=now))
            await unit.commit()
        url = await self.context.billing.open_portal(
            customer_id=customer.id,
            purpose=row.purpose,
            subscription_id=verified.subscription.id if verified.subscription else None,
            return_url=self.context.settings.return_url,
            idempotency_key=str(self.context.new_id()),
        )
        return LinkShown(customer=customer, purpose=row.purpose, ticket=row.ticket, url=url)

    async def _check_again(
        self, requester: Staff, action: Action, target: ButtonTarget, *, now: datetime
    ) -> tuple[LookupRow, Verified] | DeliveryAnswer:
        """Repeat the checks of the look-up: the permission, and that the customer is active."""
        denial = await self.permission.denial(requester, action, whom=target.customer_id, now=now)
        if denial is not None:
            return denial
        row = await own_lookup(self.context.store, requester, target)
        if row is None:
            return ButtonExpired()
        account = await self.verification.account(target.customer_id)
        verdict = await self.verification.verify([account], purpose=row.purpose, chosen=target.subscription_id)
        if isinstance(verdict, Verified):
            return row, verdict
        if isinstance(verdict, NeedsChoice | SeveralCustomers | NoCustomer):
            return ButtonExpired()
        return verdict

    def _link(self, row: LookupRow, verified: Verified, *, channel: LinkChannel, now: datetime) -> LinkRow:
        link_id, key_id, terms = LinkId(self.context.new_id()), self.context.keyring.current, self.context.settings
        mailed = channel == "mail"
        return LinkRow(
            id=link_id,
            token_digest=token_digest(self.context.keyring.link_token(link_id, "link", key_id)),
            key_id=key_id,
            customer_id=verified.customer.id,
            purpose=row.purpose,
            subscription_id=verified.subscription.id if verified.subscription else None,
            channel=channel,
            made_by=row.staff_id,
            made_at=now,
            expires_at=now + (terms.mailed_for if mailed else terms.shown_for),
            openings=terms.mailed_openings if mailed else terms.shown_openings,
            openings_left=terms.mailed_openings if mailed else terms.shown_openings,
            needs_code=terms.needs_code and not mailed,
        )

    async def _keep_link(self, unit: UnitOfWork, link: LinkRow, row: LookupRow, *, now: datetime) -> None:
        await unit.links.add(link)
        await unit.outbox.add(ExpireLink(link.id), key=f"link-end:{link.id}", due_at=link.expires_at)
        await unit.audit.append(_delivered(row, link.customer_id, outcome=link.channel, now=now, link_id=link.id))

    async def revoke(
        self, *, requester: Staff, link_id: LinkId, now: datetime
    ) -> LinkRevoked | PermissionDenied | ButtonExpired | OutsideFailure:
        """Revoke a link: one's own, or as a manager anybody's."""
        try:
            async with self.context.store.read() as unit:
                link = await unit.links.get(link_id)
            if link is None:
                return ButtonExpired()
            action = Action.REVOKE_OWN if link.made_by == requester.id else Action.REVOKE_ANY
            denial = await self.permission.denial(requester, action, whom=link.customer_id, now=now)
            if denial is not None:
                return denial
            async with self.context.store.begin() as unit:
                if not await unit.links.revoke(link_id, by=requester.id, at=now):
                    return LinkRevoked(at=link.revoked_at or now)
                await unit.audit.append(_revoked(link, by=requester.id, action=action, now=now))
                await show_revoked(unit, link, by=requester.id, now=now)
                await unit.commit()
        except CALL_FAILURES as fault:
            return describe_failure(fault, link_id)
        return LinkRevoked(at=now)

    async def mine(self, *, requester: Staff, now: datetime) -> list[LinkRow]:
        """Return an agent's links of the last 24 hours, newest first."""
        async with self.context.store.read() as unit:
            return await unit.links.of_staff(requester.id, since=now - DAY)


async def revoke_shown(unit: UnitOfWork, link: LinkRow, *, since: datetime, now: datetime) -> None:
    """Revoke the agent's other links for this customer that were shown, so that one of them is live at a time."""
    await unit.links.lock_customer(link.customer_id)
    for other in await unit.links.of_customer(link.customer_id, since=since):
        theirs = other.channel == "shown" and other.made_by == link.made_by and other.expires_at > now
        if theirs and await unit.links.revoke(other.id, by=link.made_by, at=now):
            await unit.audit.append(_revoked(other, by=link.made_by, action=Action.REVOKE_OWN, now=now))
            await show_revoked(unit, other, by=link.made_by, now=now)


async def own_lookup(store: Store, requester: Staff, target: ButtonTarget) -> LookupRow | None:
    """Return the look-up of a button; None if it is another agent's or found other customers."""
    async with store.read() as unit:
        row = await unit.lookups.get(target.lookup_id)
    return row if row is not None and row.staff_id == requester.id and target.customer_id in row.found else None


async def _emailed_before(unit: UnitOfWork, key: str) -> LinkRow | None:
    row = await unit.outbox.by_key(key)
    return await unit.links.get(row.effect.link_id) if row and isinstance(row.effect, EmailLink) else None


def _revoked(link: LinkRow, *, by: StaffId, action: Action, now: datetime) -> AuditEntry:
    return AuditEntry(who=by, action=action.value, whom=link.customer_id, at=now, note=str(link.id))


def _delivered(
    row: LookupRow, customer_id: CustomerId, *, outcome: str, now: datetime, link_id: LinkId | None = None
) -> AuditEntry:
    action = Action.MAIL_LINK if outcome == "mail" else Action.SHOW_LINK
    note = " ".join(filter(None, (str(link_id) if link_id else "", row.ticket or "")))
    return AuditEntry(who=row.staff_id, action=action.value, whom=customer_id, at=now, outcome=outcome, note=note)
