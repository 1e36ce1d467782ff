"""Propose an offer again that would cost more than was approved: there are more seats, or the price has gone up."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.ids import ProposalId, StaffId
from domain.permissions import Action
from domain.winback.decide import check_offer
from domain.winback.decision import DecisionReason
from domain.winback.proposal import COSTS_MORE, Draft, OfferRow
from domain.winback.terms import OfferTerms
from flows.effects import AlertFailedOffer, ReviseOffer
from flows.outbox.dispatcher import Attempt
from flows.outbox.message_updates import CardUpdates, schedule_evaluation
from flows.ports.context import Context
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.eligibility import EligibilityChecks, ensure_unchanged
from flows.winback.proposals.lifecycle import add_proposal, new_proposal, record

BOT = StaffId("winback")


@dataclass(frozen=True, slots=True)
class OfferRevision:
    """The work behind `ReviseOffer`."""

    context: Context
    eligibility: EligibilityChecks
    policies: ActivePolicy
    cards: CardUpdates

    async def revise(self, effect: ReviseOffer, attempt: Attempt, now: datetime) -> None:
        """Have a manager decide on the same offer at what it costs now; it takes as many managers as before.

        If something else blocks it by now, the approvals channel is told that a sent offer can't be kept.
        Safe to repeat: while the new proposal is open, another one is blocked. Budgets are left out: they are asked
        when it is approved. Raises VersionConflict if the case changed in the meantime.
        """
        async with self.context.store.read() as unit:
            offer = await unit.offers.get(effect.offer_id)
            before = await unit.proposals.get(offer.proposal_id) if offer is not None else None
        if offer is None or before is None or offer.why != COSTS_MORE:
            return
        policy = self.policies.current
        gathered = await self.eligibility.gather(offer.case_id, policy, now=now, apart_from=offer.proposal_id)
        if gathered is None:
            return
        snapshot, history = gathered
        without_budget = replace(policy, limits=replace(policy.limits, budget_a_month={}))
        terms = check_offer(
            offer.terms.offer, snapshot, history, without_budget, now, by_hand=True, request=before.request
        )
        if not isinstance(terms, OfferTerms):
            await self._tell(offer, now=now)
            return
        approved = offer.terms.charge
        proposal = new_proposal(
            ProposalId(self.context.new_id()),
            snapshot,
            Draft(terms=terms, note=offer.note, send_at=None),
            policy,
            reasons=(DecisionReason(what="costs_more", detail=f"{approved.minor} {approved.currency}"),),
            by_hand=before.by_hand,
            request=before.request,
            overrides=before.overrides,
            last_useful_at=None if snapshot.pricing.phase == "ended" else snapshot.pricing.subscription.ends_at,
            now=now,
        )
        async with self.context.store.begin(cause=attempt.row.cause) as unit:
            await ensure_unchanged(unit, snapshot, history)
            await add_proposal(unit, proposal, case=snapshot.case, cards=self.cards, now=now)
            await record(unit, proposal, Action.PROPOSE.value, who=BOT, now=now)
            await unit.commit()

    async def _tell(self, offer: OfferRow, *, now: datetime) -> None:
        async with self.context.store.begin() as unit:
            to = self.context.settings.approvals
            if offer.email_state != "waiting" and to is not None:
                await unit.outbox.add(AlertFailedOffer(offer.id, to), key=f"failed:{offer.id}", due_at=now)
            await schedule_evaluation(unit, offer.case_id, at=now)
            await unit.commit()
