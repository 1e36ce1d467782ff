"""Correct a slip: *Hold* an approved email before it leaves, or *Take back…* an offer that nobody has accepted.

Each races somebody: *Hold* the worker that sends, *Take back…* the customer who accepts. Both change the offer under
its version, so one of the two wins, and the other is told what happened.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.cancellations.stored_case import Facts
from domain.ids import ProposalId
from domain.permissions import Action
from domain.winback.proposal import HELD, TAKEN_BACK, OfferRow, ProposalRow
from domain.winback.status import UnsentOffers
from flows.cancellations.withdraw_offers import close_at_stripe, release
from flows.failures import VersionConflict
from flows.outbox.message_updates import CardUpdates, schedule_evaluation, tell_proposer
from flows.people.staff_permissions import StaffPermissions, for_staff
from flows.ports import Staff
from flows.ports.context import Context
from flows.ports.store import UnitOfWork
from flows.winback.offers.reopen import reopen
from flows.winback.offers.transitions import ON_ITS_WAY, OfferTransitions
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.proposals.answers import (
    AlreadyLeft,
    Held,
    NoSuchProposal,
    NotApproved,
    NotLeftYet,
    NotTakenBack,
    TakenBack,
)
from flows.winback.proposals.lifecycle import record

MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class OfferCorrections:
    """The buttons *Hold* and *Take back…*, and the list of what can still be held."""

    context: Context
    policies: ActivePolicy
    permission: StaffPermissions
    cards: CardUpdates

    async def unsent(self) -> UnsentOffers:
        """Return the approved offers whose emails haven't left, the first to leave first."""
        async with self.context.store.read() as unit:
            return await unit.offers.unsent(limit=MOST_LISTED)

    @for_staff(Action.HOLD, whom="proposal_id")
    async def hold(
        self, *, requester: Staff, proposal_id: ProposalId, now: datetime
    ) -> Held | AlreadyLeft | NotApproved | NoSuchProposal:
        """Return an approved proposal to open and release what it reserved, unless its email has begun to leave."""
        async with self.context.store.begin() as unit:
            found = await _found(unit, proposal_id)
            if not isinstance(found, tuple):
                return found
            proposal, offer = found
            if not offer.unsent:
                return AlreadyLeft(proposal=proposal, offer=offer)
            policy = self.policies.current
            held = await reopen(unit, offer, proposal, policy, why=HELD, by=requester.id, cards=self.cards, now=now)
            await record(unit, held, Action.HOLD.value, who=requester.id, now=now)
            await tell_proposer(unit, held, "held", by=requester.id, now=now)
            await unit.commit()
        return Held(proposal=held)

    @for_staff(Action.TAKE_BACK, whom="proposal_id")
    async def whose(self, *, requester: Staff, proposal_id: ProposalId, now: datetime) -> Facts | NoSuchProposal:
        """Return who it is about and on which plan, for the form *Take back…*."""
        async with self.context.store.read() as unit:
            proposal = await unit.proposals.get(proposal_id)
            row = await unit.observations.row(proposal.subscription_id) if proposal is not None else None
        return NoSuchProposal() if row is None or row.facts is None else row.facts

    @for_staff(Action.TAKE_BACK, whom="proposal_id")
    async def take_back(
        self, *, requester: Staff, proposal_id: ProposalId, why: str, now: datetime
    ) -> TakenBack | NotTakenBack | NotLeftYet | NotApproved | NoSuchProposal:
        """End an offer that was sent and not accepted; `why` is a code, since the audit log keeps it for good.

        Its budgets are released and its cooldown stays. An open Checkout session is closed at Stripe first: if it was
        paid by then, the customer was faster.
        """
        async with self.context.store.read() as unit:
            found = await _found(unit, proposal_id)
        if not isinstance(found, tuple):
            return found
        proposal, offer = found
        if offer.unsent:
            return NotLeftYet(proposal=proposal)
        if offer.state not in ON_ITS_WAY:
            return NotTakenBack(proposal=proposal, offer=offer)
        if offer.session_id is not None:
            session = await self.context.offer_billing.expire_checkout(offer.session_id)
            if session.status == "complete":
                return NotTakenBack(proposal=proposal, offer=replace(offer, state="accepting"))
        if not await self._end(requester, proposal, offer, why, now=now):
            raise VersionConflict("the offer changed at the same moment")
        return TakenBack(proposal=proposal)

    async def _end(self, requester: Staff, proposal: ProposalRow, offer: OfferRow, why: str, *, now: datetime) -> bool:
        """End an offer if it is still as it was read, but for its reminder."""

        def end(row: OfferRow) -> OfferRow | None:
            same = row.state in ON_ITS_WAY and not row.unsent and row.session_id == offer.session_id
            return replace(row, state="over", why=f"{TAKEN_BACK}{why}", reserved=()) if same else None

        async def free(unit: UnitOfWork, row: OfferRow) -> None:
            await release(unit, row)
            await close_at_stripe(unit, row, now=now)
            await schedule_evaluation(unit, row.case_id, at=now)
            await tell_proposer(unit, proposal, "taken_back", by=requester.id, now=now)

        ended = await OfferTransitions(self.context, self.cards).change(
            offer.id, end, who=requester.id, action=Action.TAKE_BACK.value, now=now, also=free
        )
        return ended is not None


async def _found(
    unit: UnitOfWork, proposal_id: ProposalId
) -> tuple[ProposalRow, OfferRow] | NoSuchProposal | NotApproved:
    proposal = await unit.proposals.get(proposal_id)
    if proposal is None or proposal.state == "held_out":
        return NoSuchProposal()
    offer = await unit.offers.by_proposal(proposal_id)
    return NotApproved(proposal=proposal) if offer is None else (proposal, offer)
