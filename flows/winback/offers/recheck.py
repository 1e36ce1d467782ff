"""Check an approved offer in full before it goes out, and that those who approved it still may."""

from dataclasses import dataclass
from datetime import datetime

from domain.ids import StaffId
from domain.permissions import Action
from domain.winback.proposal import COSTS_MORE, OfferRow, ProposalRow
from domain.winback.terms import OfferTerms
from flows.failures import Refused
from flows.people.staff_permissions import StaffPermissions
from flows.ports.context import Context
from flows.ports.store import AuditEntry
from flows.winback.offers.reopen import reopen
from flows.winback.offers.transitions import OfferTransitions
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.deadlines import expires_at
from flows.winback.policy.eligibility import EligibilityChecks

APPROVER_GONE = "approver_gone"
"""Why an approved offer is not sent, and its proposal waits for somebody else."""


@dataclass(frozen=True, slots=True)
class OfferRecheck:
    """The third check: of the offer, and of the people who approved it."""

    context: Context
    transitions: OfferTransitions
    eligibility: EligibilityChecks
    policies: ActivePolicy
    permission: StaffPermissions

    async def passed(self, offer: OfferRow, *, now: datetime) -> OfferTerms | None:
        """Return the terms on fresh reads; None: the offer was stopped, and the card says why.

        If an approver may no longer approve, the offer is dropped and its proposal is open again for somebody else.
        Raises Unavailable if Slack doesn't say who may.
        """
        async with self.context.store.read() as unit:
            proposal = await unit.proposals.get(offer.proposal_id)
        if proposal is None:
            raise Refused("the offer's proposal is not in the database", fault="request", code="no_proposal")
        if await self.gone(offer, proposal):
            await self._reopen(offer, now=now)
            return None
        checked = await self.blockers(offer, proposal, now=now)
        if isinstance(checked, OfferTerms):
            return checked
        if checked == COSTS_MORE:
            await self.transitions.revise(offer, now=now)
            return None
        await self.transitions.give_up(offer.id, "stopped", why=checked, now=now)
        return None

    async def blockers(self, offer: OfferRow, proposal: ProposalRow, *, now: datetime) -> OfferTerms | str:
        """Return the terms on fresh reads, or the code of what blocks the offer."""
        checked = await self.eligibility.check(proposal, self.policies.current, now=now, expires_at=offer.expires_at)
        if not isinstance(checked, OfferTerms):
            return checked[0].why
        return COSTS_MORE if checked.is_dearer_than(offer.terms) else checked

    async def gone(self, offer: OfferRow, proposal: ProposalRow) -> frozenset[StaffId]:
        """Return who approved the offer and may no longer do so."""
        approvers = sorted({offer.approved_by, *(each.by for each in proposal.approvals)})
        return frozenset([each for each in approvers if not await self.permission.confirmed(each, Action.APPROVE)])

    async def _reopen(self, offer: OfferRow, *, now: datetime) -> None:
        """Drop an offer of which nothing was sent, and open its proposal again, if there is time to decide."""
        policy = self.policies.current
        async with self.context.store.begin() as unit:
            row = await unit.offers.get(offer.id)
            proposal = await unit.proposals.get(offer.proposal_id)
            if row is None or proposal is None or row.state != "sending":
                return
            expires = expires_at(policy, last_useful_at=proposal.last_useful_at, now=now)
            if expires > now and row.unsent:
                await reopen(
                    unit, row, proposal, policy, why=APPROVER_GONE, by=None, cards=self.transitions.cards, now=now
                )
                await unit.audit.append(
                    AuditEntry(
                        who="winback",
                        action="offer_stopped",
                        whom=str(row.id),
                        at=now,
                        outcome="stopped",
                        note=APPROVER_GONE,
                    )
                )
                await unit.commit()
                return
        await self.transitions.give_up(offer.id, "stopped", why=APPROVER_GONE, now=now)
