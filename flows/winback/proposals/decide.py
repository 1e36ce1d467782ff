"""A manager approves, declines or snoozes a proposal. Exactly one decision is made, and every click is answered."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.ids import ProposalId, StaffId
from domain.permissions import Action, Role
from domain.winback.decision import Rejection
from domain.winback.policy import Policy
from domain.winback.proposal import Approval, ProposalRow, ProposalView, WaitingProposals
from flows.cancellations.withdraw_offers import withdraw
from flows.failures import CALL_FAILURES, OutsideFailure, answer_failures
from flows.outbox.message_updates import CardUpdates, schedule_evaluation, tell_proposer
from flows.people.staff_permissions import PermissionDenied, StaffPermissions, first_few
from flows.ports import Staff
from flows.ports.context import Context
from flows.ports.store import UnitOfWork
from flows.winback.offers.create import OfferCreation
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.deadlines import expires_at, schedule_expiry
from flows.winback.policy.eligibility import EligibilityChecks, NotEligible, missing
from flows.winback.proposals.answers import (
    Approved,
    BatchDecision,
    DecisionAnswer,
    Declined,
    NeedsAnotherApprover,
    NoSuchProposal,
    Outdated,
    Snoozed,
)
from flows.winback.proposals.lifecycle import differs, needs_two_approvals, read_open, record, save
from flows.winback.proposals.publish import ProposalPublisher

MOST_AT_ONCE = 20
TO_DECIDE = timedelta(hours=4)
"""A snoozed proposal wakes this long before its last useful moment, so that there is time to decide."""
TEMPORARY = frozenset({"budget", "no_zone", "no_address", "no_consent", "consent_ended", "open_already", "reason_open"})
"""Reasons that block an offer now but may not tomorrow: the proposal stays open."""


@dataclass(frozen=True, slots=True)
class ProposalDecisions:
    """The buttons of a proposal, and the same for several at once."""

    context: Context
    eligibility: EligibilityChecks
    policies: ActivePolicy
    offer_creation: OfferCreation
    permission: StaffPermissions
    card_publisher: ProposalPublisher
    cards: CardUpdates

    async def approve(
        self, *, requester: Staff, proposal_id: ProposalId, version: int | None, now: datetime
    ) -> DecisionAnswer:
        """Approve; with the last approval it needs, the offer is made and its email waits for the sending hours.

        `version` is the one on the button. Everything is checked on fresh reads. If the offer is blocked for good, the
        proposal is withdrawn; if it now comes to something else, the proposal is shown again instead.
        """

        async def approve(proposal: ProposalRow) -> DecisionAnswer:
            policy = self.policies.current
            lacking = missing(self.context.settings, proposal.draft.terms.way, policy, proposal.request)
            if lacking is not None:
                return lacking
            others = [each for each in proposal.approvals if await self._still_may(each.by)]
            checked = await self.eligibility.check(proposal, policy, now=now)
            async with self.context.store.begin() as unit:
                current = await read_open(unit, proposal_id, proposal.version, cards=self.cards, now=now)
                if not isinstance(current, ProposalRow):
                    await unit.commit()
                    return current
                if isinstance(checked, tuple):
                    await self._withdraw_if_permanent(unit, current, checked, now=now)
                    await unit.commit()
                    return NotEligible(rejected=checked)
                if differs(checked, current.draft.terms):
                    anew = replace(current, approvals=(), reworded=None, draft=replace(current.draft, terms=checked))
                    saved = await save(unit, anew, cards=self.cards, now=now)
                    await unit.commit()
                    return Outdated(proposal=saved)
                fresh = replace(current, approvals=tuple(others), draft=replace(current.draft, terms=checked))
                answer = await self._count_approval(unit, fresh, requester, policy, now=now)
                if isinstance(answer, Approved):
                    await unit.commit()
            return (
                NeedsAnotherApprover(ask=await self._others(requester, proposal))
                if isinstance(answer, NeedsAnotherApprover)
                else answer
            )

        return await self._answer(Action.APPROVE, requester, proposal_id, version, approve, now=now)

    async def approve_many(
        self, *, requester: Staff, proposals: Sequence[tuple[ProposalId, int]], now: datetime
    ) -> BatchDecision:
        """Approve up to twenty proposals, each checked for itself; the rest are left alone."""
        answers = [
            (each, await self.approve(requester=requester, proposal_id=each, version=version, now=now))
            for each, version in proposals[:MOST_AT_ONCE]
        ]
        return BatchDecision(answers=answers)

    async def decline(
        self, *, requester: Staff, proposal_id: ProposalId, version: int | None, why: str, now: datetime
    ) -> DecisionAnswer:
        """Decline, and say why; the rule's next step gets its turn when it is due."""

        async def decline(proposal: ProposalRow) -> DecisionAnswer:
            async with self.context.store.begin() as unit:
                declined = replace(proposal, state="declined", why=why, decided_by=requester.id, decided_at=now)
                saved = await save(unit, declined, cards=self.cards, now=now)
                await record(unit, saved, Action.DECLINE.value, who=requester.id, now=now)
                await tell_proposer(unit, saved, "declined", by=requester.id, now=now)
                await schedule_evaluation(unit, proposal.case_id, at=now)
                await unit.commit()
            return Declined(proposal=saved)

        return await self._answer(Action.DECLINE, requester, proposal_id, version, decline, now=now)

    async def snooze(
        self, *, requester: Staff, proposal_id: ProposalId, version: int | None, until: datetime, now: datetime
    ) -> DecisionAnswer:
        """Hide a proposal for a while, at most until there is just enough time left to decide."""

        async def snooze(proposal: ProposalRow) -> DecisionAnswer:
            last = proposal.last_useful_at
            wakes_at = until if last is None else min(until, last - TO_DECIDE)
            if wakes_at <= now:
                return NotEligible(rejected=(Rejection(why="too_late"),))
            expires = expires_at(self.policies.current, last_useful_at=last, now=wakes_at)
            async with self.context.store.begin() as unit:
                snoozed = replace(proposal, snoozed_until=wakes_at, expires_at=expires)
                saved = await save(unit, snoozed, cards=self.cards, now=now)
                await record(unit, saved, Action.SNOOZE.value, who=requester.id, now=now)
                await schedule_expiry(unit, proposal.id, at=wakes_at)
                await schedule_expiry(unit, proposal.id, at=expires)
                await unit.commit()
            return Snoozed(proposal=saved, until=wakes_at)

        return await self._answer(Action.SNOOZE, requester, proposal_id, version, snooze, now=now)

    async def pending(self, *, requester: Staff, now: datetime, page: int = 1) -> WaitingProposals | PermissionDenied:
        """Return a page of what waits for a decision, first to expire first, without the emails' texts."""
        denial = await self.permission.denial(requester, Action.PENDING, now=now)
        return denial or await self.card_publisher.waiting(now=now, page=page)

    async def read(
        self, *, requester: Staff, proposal_id: ProposalId, now: datetime
    ) -> ProposalView | NoSuchProposal | PermissionDenied | OutsideFailure:
        """Return all there is to read about a proposal: its whole email, what else was considered, the history."""

        async def view() -> ProposalView | NoSuchProposal | PermissionDenied:
            denial = await self.permission.denial(requester, Action.READ_EMAIL, whom=str(proposal_id), now=now)
            return denial or await self.card_publisher.view(proposal_id, now=now) or NoSuchProposal()

        return await answer_failures(proposal_id, view)

    async def _answer(
        self,
        action: Action,
        requester: Staff,
        proposal_id: ProposalId,
        version: int | None,
        decide: Callable[[ProposalRow], Awaitable[DecisionAnswer]],
        *,
        now: datetime,
    ) -> DecisionAnswer:
        """Check the permission and the clicked version, and decide if the proposal is still open."""

        async def decided() -> DecisionAnswer:
            denial = await self.permission.denial(requester, action, whom=str(proposal_id), now=now)
            if denial is not None:
                return denial
            async with self.context.store.begin() as unit:
                current = await read_open(unit, proposal_id, version, cards=self.cards, now=now)
                await unit.commit()
            return await decide(current) if isinstance(current, ProposalRow) else current

        return await answer_failures(proposal_id, decided)

    async def _count_approval(
        self, unit: UnitOfWork, fresh: ProposalRow, requester: Staff, policy: Policy, *, now: datetime
    ) -> DecisionAnswer:
        """Count an approval; if it is the last, make the offer. Commit only if the answer is `Approved`."""
        terms = fresh.draft.terms
        stopped = await unit.sending_pauses.current() if terms.way != "call" else None
        if stopped is not None:
            return stopped
        two = fresh.overrides is not None or needs_two_approvals(terms, policy, await unit.cases.median_monthly())
        if requester.id in {each.by for each in fresh.approvals} or (fresh.by_hand == requester.id and not two):
            return NeedsAnotherApprover(ask=())
        counted = replace(fresh, approvals=(*fresh.approvals, Approval(by=requester.id, at=now)))
        if two and len(counted.approvals) < 2:  # two different people
            saved = await save(unit, counted, cards=self.cards, now=now)
            await record(unit, saved, Action.APPROVE.value, who=requester.id, now=now)
            return Approved(proposal=saved, needs_second=True)
        approved = replace(counted, state="approved", why=None, decided_by=requester.id, decided_at=now)
        saved = await save(unit, approved, cards=self.cards, now=now)
        case = await unit.cases.get(approved.case_id)
        if case is None:
            return NoSuchProposal()
        if not approved.by_link:  # else they are told once the link can be passed on
            await tell_proposer(unit, saved, "approved", by=requester.id, now=now)
        refused = await self.offer_creation.make(unit, approved, policy, case=case, now=now)
        return refused or Approved(proposal=saved, needs_second=False)

    async def _withdraw_if_permanent(
        self, unit: UnitOfWork, current: ProposalRow, rejected: tuple[Rejection, ...], *, now: datetime
    ) -> None:
        permanent = next((each.why for each in rejected if each.why not in TEMPORARY), None)
        case = await unit.cases.get(current.case_id)
        if permanent is not None and case is not None:
            await withdraw(unit, current, why=permanent, now=now)
            await self.cards.schedule(unit, case, now=now)

    async def _still_may(self, approver: StaffId) -> bool:
        return await self.permission.may(Staff(id=approver, team_id=None), Action.APPROVE)

    async def _others(self, requester: Staff, proposal: ProposalRow) -> tuple[StaffId, ...]:
        """Return managers whose approval would count; nobody if the directory can't be read."""
        try:
            managers = await self.context.directory.members(Role.MANAGER)
        except CALL_FAILURES:
            return ()
        return first_few(sorted(managers - {requester.id, *(each.by for each in proposal.approvals)}))
