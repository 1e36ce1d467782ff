"""Show the proposer the link of an approved offer that the customer asked for, with the checks of a portal link.

The link opens the page of a portal link first: with its code where one is asked for, its few openings and its short
life. Only behind that page stands the offer's own.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.billing.portal_access import Purpose
from domain.billing.subscription import Customer
from domain.ids import LinkId, ProposalId
from domain.keyring import token_digest
from domain.permissions import Action
from domain.winback.proposal import OfferRow, ProposalRow
from flows.effects import ExpireLink
from flows.failures import OutsideFailure, answer_failures
from flows.people.staff_permissions import PermissionDenied, StaffPermissions
from flows.portal_links.address_guard import AddressGuard, FreshAddress
from flows.portal_links.deliver import revoke_shown
from flows.ports import Staff
from flows.ports.context import Context
from flows.ports.store import AuditEntry, LinkRow
from flows.winback.offers.transitions import ON_ITS_WAY


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferLinkShown:
    """The link for the proposer to pass on; its `url` is a bearer secret."""

    link: LinkRow
    proposal: ProposalRow
    customer: Customer
    url: str
    fresh_address: FreshAddress | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoOfferLink:
    """No link was made: the offer isn't one to pass on, no longer stands, or no code could be sent."""

    why: Literal["unknown", "over", "deleted", "no_address"]
    proposal: ProposalRow | None = None
    offer: OfferRow | None = None


@dataclass(frozen=True, slots=True)
class OfferLinks:
    """The button *Show the offer link…*."""

    context: Context
    permission: StaffPermissions
    address_guard: AddressGuard

    async def show(
        self, *, requester: Staff, proposal_id: ProposalId, now: datetime
    ) -> OfferLinkShown | NoOfferLink | PermissionDenied | OutsideFailure:
        """Check again, then create a link; the proposer's earlier ones for this customer are revoked.

        Somebody else's offer takes a manager.
        """

        async def show() -> OfferLinkShown | NoOfferLink | PermissionDenied:
            async with self.context.store.read() as unit:
                proposal = await unit.proposals.get(proposal_id)
                offer = await unit.offers.by_proposal(proposal_id)
            own = proposal is not None and proposal.proposer == requester.id
            action = Action.SHOW_OFFER_LINK if own else Action.SHOW_ANY_OFFER_LINK
            denial = await self.permission.denial(requester, action, whom=str(proposal_id), now=now)
            if denial is not None:
                return denial
            if proposal is None or offer is None or not proposal.by_link:
                return NoOfferLink(why="unknown")
            if offer.state not in ON_ITS_WAY or now >= offer.expires_at:
                return NoOfferLink(why="over", proposal=proposal, offer=offer)
            customer = await self.context.billing.read_customer(offer.customer_id)
            if customer.deleted:
                return NoOfferLink(why="deleted")
            if self.context.settings.needs_code and customer.email is None:
                return NoOfferLink(why="no_address")
            return await self._make(requester, proposal, offer, customer, now=now)

        return await answer_failures(proposal_id, show)

    async def _make(
        self, requester: Staff, proposal: ProposalRow, offer: OfferRow, customer: Customer, *, now: datetime
    ) -> OfferLinkShown:
        fresh = await self.address_guard.look(customer, now=now)
        link_id, key_id, terms = LinkId(self.context.new_id()), self.context.keyring.current, self.context.settings
        token = self.context.keyring.link_token(link_id, "link", key_id)
        link = LinkRow(
            id=link_id,
            token_digest=token_digest(token),
            key_id=key_id,
            customer_id=customer.id,
            purpose=Purpose.HOME,
            subscription_id=offer.subscription_id,
            channel="shown",
            made_by=requester.id,
            made_at=now,
            expires_at=min(now + terms.shown_for, offer.expires_at),
            openings=terms.shown_openings,
            openings_left=terms.shown_openings,
            needs_code=terms.needs_code,
            code_number=0,
            code_expires_at=None,
            code_tries_left=0,
            revoked_at=None,
            revoked_by=None,
            offer_id=offer.id,
        )
        ticket = proposal.request.ticket if proposal.request is not None else ""
        async with self.context.store.begin() as unit:
            await revoke_shown(unit, link, since=now - terms.shown_for, now=now)
            await unit.links.add(link)
            await unit.outbox.add(ExpireLink(link.id), key=f"link-end:{link.id}", due_at=link.expires_at)
            await unit.audit.append(
                AuditEntry(
                    who=requester.id,
                    action=Action.SHOW_OFFER_LINK.value,
                    whom=str(proposal.case_id),
                    at=now,
                    outcome="shown",
                    note=f"{link.id} {offer.id} {ticket}".strip(),
                )
            )
            await unit.commit()
        url = f"{terms.public_url}/p/{token}"
        return OfferLinkShown(link=link, proposal=proposal, customer=customer, url=url, fresh_address=fresh)
