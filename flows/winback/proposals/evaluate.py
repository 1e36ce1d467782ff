"""Evaluate cases against the policy: propose what is due, and look again when the next step is due."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.cancellations.stored_case import Case
from domain.ids import CaseId, ProposalId, StaffId
from domain.permissions import Action
from domain.results.funnel import evaluation_of
from domain.winback.decide import decide
from domain.winback.decision import CaseSnapshot, Decision, History
from domain.winback.policy import Policy, StandingApproval
from domain.winback.proposal import Approval, Draft, ProposalRow
from domain.winback.refusals import refused_step
from domain.winback.standing_approval import digest_of, is_valid
from domain.winback.terms import OfferTerms
from flows.cancellations.withdraw_offers import suppress
from flows.effects import AlertRefusedStep, EvaluateAllCases, EvaluateCase
from flows.failures import VersionConflict
from flows.outbox.dispatcher import Attempt
from flows.outbox.message_updates import CardUpdates, schedule_evaluation
from flows.people.staff_permissions import StaffPermissions
from flows.ports import Staff
from flows.ports.context import Context
from flows.ports.store import AuditEntry, UnitOfWork
from flows.winback.offers.create import OfferCreation
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.eligibility import EligibilityChecks, ensure_unchanged
from flows.winback.proposals.lifecycle import add_proposal, needs_two_approvals, new_proposal

BOT = StaffId("winback")
"""The program itself, in the audit log and as who suppressed somebody."""
BATCH_SIZE = 500


@dataclass(frozen=True, slots=True)
class ProposalEvaluator:
    """The work behind `EvaluateCase`, `EvaluateAllCases` and `AlertRefusedStep`."""

    context: Context
    eligibility: EligibilityChecks
    policies: ActivePolicy
    offer_creation: OfferCreation
    permission: StaffPermissions
    cards: CardUpdates

    async def evaluate(self, effect: EvaluateCase, attempt: Attempt, now: datetime) -> None:
        """Propose what is due for a case, or schedule the next look at it.

        Raises VersionConflict if the case changed in the meantime; it is then decided again.
        """
        policy, approvals = self.policies.current, self.context.settings.approvals
        decided = await self._decide(effect.case_id, policy, now=now) if approvals is not None else None
        if approvals is None or decided is None:
            return
        snapshot, history, decision = decided
        terms = decision.terms
        if terms is None:
            async with self.context.store.begin(cause=attempt.row.cause) as unit:
                await self._schedule_next(unit, snapshot.case, decision, now=now)
                refused = refused_step(decision, history)
                if refused is not None:
                    key = f"refused:{effect.case_id}:{refused.rule}:{refused.step}:{refused.why}"
                    await unit.outbox.add(AlertRefusedStep(effect.case_id, approvals), key=key, due_at=now)
                await unit.commit()
            return
        proposal = self._proposal(decision, terms, snapshot, policy, now=now)
        if decision.held_out:
            await self._save(
                replace(proposal, state="held_out"), decision, snapshot, history, attempt, policy=policy, now=now
            )
            return
        approval = await self._standing_approval(proposal, snapshot, policy, now=now)
        if approval is not None:
            approver = approval.approved_by
            approved = replace(
                proposal,
                state="approved",
                approvals=(Approval(by=approver, at=approval.approved_at),),
                by_standing_approval=True,
                decided_by=approver,
                decided_at=now,
            )
            if await self._save(approved, decision, snapshot, history, attempt, policy=policy, now=now):
                return
        await self._save(proposal, decision, snapshot, history, attempt, policy=policy, now=now)

    async def alert_refused(self, effect: AlertRefusedStep, attempt: Attempt, now: datetime) -> None:
        """Post which step of a case Stripe would refuse and why, unless that has changed."""
        decided = await self._decide(effect.case_id, self.policies.current, now=now)
        refused = refused_step(decided[2], decided[1]) if decided is not None else None
        if decided is None or refused is None:
            return
        await attempt.alert(self.context.wording.refused_step_text(decided[0].customer.id, refused), to=effect.to)

    async def _decide(
        self, case_id: CaseId, policy: Policy, *, now: datetime
    ) -> tuple[CaseSnapshot, History, Decision] | None:
        """Decide a case on fresh reads; a step that Stripe's preview refuses is passed over."""
        gathered = await self.eligibility.gather(case_id, policy, now=now)
        if gathered is None:
            return None
        snapshot, history = gathered
        decision = decide(snapshot, history, policy, now)
        while decision.terms is not None:
            refused = await self.eligibility.preview(snapshot.case.subscription_id, decision.terms)
            if refused is None:
                break
            step = replace(refused, rule=decision.rule, step=decision.step)
            history = replace(history, refused=(*history.refused, step))
            decision = decide(snapshot, history, policy, now)
        return snapshot, history, decision

    async def evaluate_all(self, effect: EvaluateAllCases, attempt: Attempt, now: datetime) -> None:
        """Have every open case evaluated by the policy with this digest."""
        async with self.context.store.read() as unit:
            ids = await unit.cases.open_ids(since=now - self.policies.current.limits.oldest_case)
        for first in range(0, len(ids), BATCH_SIZE):
            async with self.context.store.begin() as unit:
                for case_id in ids[first : first + BATCH_SIZE]:
                    key = f"evaluate:{case_id}:{effect.digest}:{attempt.row.id}"
                    await unit.outbox.add(EvaluateCase(case_id), key=key, due_at=now)
                await unit.commit()

    async def _schedule_next(self, unit: UnitOfWork, case: Case, decision: Decision, *, now: datetime) -> None:
        await unit.stops.evaluated(case.id, evaluation_of(decision, now=now))
        if any(each.why == "asks_for_silence" for each in decision.rejected):
            await self._suppress(unit, case, now=now)
        if decision.look_again_at is not None and decision.look_again_at > now:
            await schedule_evaluation(unit, case.id, at=decision.look_again_at)

    async def _suppress(self, unit: UnitOfWork, case: Case, *, now: datetime) -> None:
        """Suppress somebody whose comment asks for it; once per case, so that a manager can undo it."""
        if await unit.checkpoints.set_once(f"silence:{case.id}", now) != now:
            return
        if not await suppress(unit, case.person_id, by=BOT, why="phrase", cards=self.cards, now=now):
            return
        entry = AuditEntry(
            who=BOT, action=Action.NEVER_CONTACT.value, whom=str(case.id), at=now, outcome="done", note="phrase"
        )
        await unit.audit.append(entry)

    async def _standing_approval(
        self, proposal: ProposalRow, snapshot: CaseSnapshot, policy: Policy, *, now: datetime
    ) -> StandingApproval | None:
        """Return the standing approval that covers a proposal; in any doubt None, so a person decides."""
        rule = policy.rule(proposal.rule) if proposal.rule is not None else None
        if (
            rule is None
            or "automatic_email" in rule.never
            or needs_two_approvals(proposal.draft.terms, policy, snapshot.median_monthly)
        ):
            return None
        async with self.context.store.read() as unit:
            approval = await unit.standing_approvals.of(rule.name)
            stopped = await unit.sending_pauses.current()
        if approval is None or stopped is not None:
            return None
        if not is_valid(approval, digest=digest_of(policy, rule, snapshot.pricing.catalog), now=now):
            return None
        approver = Staff(id=approval.approved_by, team_id=None)
        return approval if await self.permission.may(approver, Action.APPROVE_RULE) else None

    async def _save(
        self,
        proposal: ProposalRow,
        decision: Decision,
        snapshot: CaseSnapshot,
        history: History,
        attempt: Attempt,
        *,
        policy: Policy,
        now: datetime,
    ) -> bool:
        """Store a decision and what follows from it; False: a budget or the cooldown leaves no room."""
        case = snapshot.case
        async with self.context.store.begin(cause=attempt.row.cause) as unit:
            await ensure_unchanged(unit, snapshot, history)
            try:
                if proposal.state == "open":
                    await add_proposal(unit, proposal, case=case, cards=self.cards, now=now)
                else:
                    await unit.proposals.add(proposal)
            except ValueError as twice:
                raise VersionConflict("the same step was proposed at the same moment") from twice
            approved = proposal.state == "approved"
            if approved and await self.offer_creation.make(unit, proposal, policy, case=case, now=now) is not None:
                return False
            await self._schedule_next(unit, case, decision, now=now)
            entry = AuditEntry(
                who=BOT,
                action=Action.PROPOSE.value,
                whom=str(case.id),
                at=now,
                outcome=proposal.state,
                note=f"{proposal.id} {proposal.rule} {proposal.step}",
            )
            await unit.audit.append(entry)
            await unit.commit()
        return True

    def _proposal(
        self, decision: Decision, terms: OfferTerms, snapshot: CaseSnapshot, policy: Policy, *, now: datetime
    ) -> ProposalRow:
        return new_proposal(
            ProposalId(self.context.new_id()),
            snapshot,
            Draft(terms=terms, note=None, send_at=None),
            policy,
            rule=decision.rule,
            step=decision.step,
            reasons=decision.reasons,
            rejected=decision.rejected,
            last_useful_at=decision.last_useful_at,
            now=now,
        )
