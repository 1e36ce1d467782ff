"""Make an offer from the last approval, in one transaction: budgets, offer, first effect and audit entry."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.cancellations.stored_case import Case
from domain.ids import OfferId, PersonId, StaffId
from domain.keyring import token_digest
from domain.permissions import Action
from domain.winback.decision import Rejection
from domain.winback.offer import CallBack
from domain.winback.offer_lifetime import expiry_time, sending_time
from domain.winback.policy import Policy
from domain.winback.proposal import OfferRow, ProposalRow
from domain.winback.terms import OfferTerms
from flows.cancellations.case_actions import FOLLOW_UP_AFTER
from flows.effects import AskFollowUp, PrepareOffer
from flows.failures import Unavailable
from flows.outbox.message_updates import CardUpdates, show_proposal
from flows.ports.context import Context
from flows.ports.store import AuditEntry, UnitOfWork
from flows.winback.policy.budgets import OverBudget, reserve
from flows.winback.policy.eligibility import NotEligible


@dataclass(frozen=True, slots=True)
class OfferCreation:
    """Makes an offer from an approved proposal."""

    context: Context
    cards: CardUpdates

    async def make(
        self, unit: UnitOfWork, approved: ProposalRow, policy: Policy, *, case: Case, now: datetime
    ) -> NotEligible | OverBudget | None:
        """Make the offer with everything that follows, and return None; on an answer the caller must not commit.

        `approved` is the proposal as it will be stored, with fresh terms and the last approver as `decided_by`. Raises
        Unavailable if somebody changed the case meanwhile.
        """
        draft = approved.draft
        approver = approved.decided_by
        if approver is None:
            raise ValueError("an approved proposal names who approved it")
        offer = self.offer(approved, approver, policy, person_id=case.person_id, now=now)
        if offer.send_at >= offer.expires_at:
            return NotEligible(rejected=(Rejection(why="too_late"),))
        taken = await unit.budgets.take_slot(
            approved.person_id,
            offer.id,
            at=now,
            not_since=now - policy.limits.cooldown,
            case_id=case.id,
            not_in_case_since=now - policy.limits.step_gap,
        )
        if not taken:
            return NotEligible(rejected=(Rejection(why="cooldown"),))
        cost = draft.terms.charge
        rule = approved.rule if approved.by_standing_approval else None
        reserved = await reserve(unit, approver, cost, policy, rule=rule, now=now)
        if isinstance(reserved, OverBudget):
            return reserved
        await unit.offers.add(replace(offer, reserved=reserved))
        if draft.terms.way == "call":
            await self._assign_call(unit, case, draft.terms, now=now)
        else:
            await unit.outbox.add(PrepareOffer(offer.id), key=f"prepare:{offer.id}", due_at=offer.send_at)
            await self.cards.schedule(unit, case, now=now)
        await show_proposal(unit, approved.id, now=now)
        entry = AuditEntry(
            who="standing approval" if approved.by_standing_approval else approver,
            action=Action.APPROVE.value,
            whom=str(case.id),
            at=now,
            outcome="approved",
            note=f"{approved.id} {cost.minor} {cost.currency}",
        )
        await unit.audit.append(entry)
        return None

    def offer(
        self, approved: ProposalRow, approver: StaffId, policy: Policy, *, person_id: PersonId, now: datetime
    ) -> OfferRow:
        """Return the offer that a proposal becomes if it is approved now; nothing is stored or reserved."""
        draft = approved.draft
        offer_id, key_id = OfferId(self.context.new_id()), self.context.keyring.current
        goes_out = draft.terms.way != "call"
        by_email = goes_out and not approved.by_link
        sends_at = sending_time(policy, draft.send_at, by_email=by_email, now=now)
        return OfferRow(
            id=offer_id,
            proposal_id=approved.id,
            case_id=approved.case_id,
            person_id=person_id,
            subscription_id=approved.subscription_id,
            customer_id=approved.customer_id,
            terms=draft.terms,
            note=draft.note,
            rule=approved.rule,
            step=approved.step,
            approved_by=approver,
            token_digest=token_digest(self.context.keyring.link_token(offer_id, "offer", key_id)),
            key_id=key_id,
            state="sending" if goes_out else "over",
            why=None if goes_out else "call",
            created_at=now,
            send_at=sends_at,
            expires_at=expiry_time(policy, draft.terms.phase, sends_at=sends_at, useful_until=approved.last_useful_at),
            email_state="waiting" if by_email else "none",
            request=approved.request,
        )

    async def _assign_call(self, unit: UnitOfWork, case: Case, terms: OfferTerms, *, now: datetime) -> None:
        """Give the case to the person who is to call; they are asked later how it went."""
        caller = terms.offer.who if isinstance(terms.offer, CallBack) else None
        if caller is not None and caller != case.owner:
            case = replace(case, owner=caller, owned_at=now, follow_up=None)
            if not await unit.cases.save(case):
                raise Unavailable("somebody changed the case at the same moment")
            question = AskFollowUp(case.id, now.isoformat())
            await unit.outbox.add(question, key=f"ask:{case.id}:{question.owned_at}", due_at=now + FOLLOW_UP_AFTER)
        await self.cards.schedule(unit, case, now=now)
