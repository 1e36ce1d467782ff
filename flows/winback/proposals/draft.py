"""Draft a proposal by hand, for a case or in place of what the policy proposed."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.ids import CaseId, ProposalId
from domain.permissions import Action
from domain.winback.decide import overrides_never
from domain.winback.offer import Offer
from domain.winback.proposal import CustomerRequest, Draft, ProposalRow, Rewording
from flows.effects import PostRewording
from flows.failures import OutsideFailure, VersionConflict, answer_failures
from flows.outbox.message_updates import CardUpdates, tell_proposer
from flows.people.staff_permissions import PermissionDenied, StaffPermissions
from flows.ports import Staff
from flows.ports.context import Context
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.eligibility import EligibilityChecks, NotConfigured, NotEligible, ensure_unchanged
from flows.winback.proposals.answers import (
    AlreadyDecided,
    DecisionAnswer,
    DraftChanged,
    DraftForm,
    NoSuchProposal,
    PricedDraft,
    Proposed,
)
from flows.winback.proposals.draft_checks import DraftChecks
from flows.winback.proposals.lifecycle import add_proposal, differs, new_proposal, read_open, record, save


@dataclass(frozen=True, slots=True)
class ProposalDrafts:
    """*Change…* on a proposal, and *Propose win-back…* on a card."""

    context: Context
    eligibility: EligibilityChecks
    policies: ActivePolicy
    permission: StaffPermissions
    cards: CardUpdates

    async def propose(
        self,
        *,
        requester: Staff,
        case_id: CaseId,
        offer: Offer,
        note: str | None,
        send_at: datetime | None,
        request: CustomerRequest | None = None,
        now: datetime,
    ) -> DecisionAnswer:
        """Propose by hand; the person who does can't approve it alone. An unknown case: NoSuchProposal.

        `request`: the customer asked for it. A kind that the case's rule never gives takes two managers.
        """

        async def propose_by_hand() -> DecisionAnswer:
            checks = await self._checks(Action.PROPOSE, requester, case_id, None, now=now)
            if not isinstance(checks, DraftChecks):
                return checks
            checks = replace(checks, request=request)
            draft = await self._draft(checks, offer, note=note, send_at=send_at)
            if not isinstance(draft, Draft):
                return draft
            proposal = new_proposal(
                ProposalId(self.context.new_id()),
                checks.snapshot,
                draft,
                checks.policy,
                by_hand=requester.id,
                request=request,
                overrides=overrides_never(draft.terms.offer, checks.snapshot, checks.policy),
                last_useful_at=checks.useful_until_of(offer),
                now=now,
            )
            async with self.context.store.begin() as unit:
                await ensure_unchanged(unit, checks.snapshot, checks.history)
                await add_proposal(unit, proposal, case=checks.snapshot.case, cards=self.cards, now=now)
                await record(unit, proposal, Action.PROPOSE.value, who=requester.id, now=now)
                await unit.commit()
            return Proposed(proposal=proposal)

        return await answer_failures(case_id, propose_by_hand)

    async def change(
        self,
        *,
        requester: Staff,
        proposal_id: ProposalId,
        version: int | None,
        offer: Offer,
        note: str | None,
        send_at: datetime | None,
        now: datetime,
    ) -> DecisionAnswer:
        """Put another offer, note or time into an open proposal.

        An offer beyond the rule's `up_to` counts as proposed by the person who changed it. Earlier approvals were for
        something else, so they are removed, unless only the words of the email are changed: then they still count, and
        the proposal's thread tells those who gave them.
        """

        async def change_draft() -> DecisionAnswer:
            async with self.context.store.begin() as unit:
                row = await read_open(unit, proposal_id, version, cards=self.cards, now=now)
                await unit.commit()
            if not isinstance(row, ProposalRow):
                return row
            checks = await self._checks(Action.CHANGE, requester, row.case_id, row, now=now)
            if not isinstance(checks, DraftChecks):
                return checks
            draft = await self._draft(checks, offer, note=note, send_at=send_at)
            if not isinstance(draft, Draft):
                return draft
            by_hand = checks.is_by_hand(draft.terms.offer)
            same_offer = draft.send_at == row.draft.send_at and not differs(draft.terms, row.draft.terms)
            only_words = same_offer and note != row.draft.note
            author = requester.id if by_hand and draft.terms.offer != row.draft.terms.offer else row.by_hand
            async with self.context.store.begin() as unit:
                current = await read_open(unit, proposal_id, row.version, cards=self.cards, now=now)
                if not isinstance(current, ProposalRow):
                    return current
                overrides = overrides_never(draft.terms.offer, checks.snapshot, checks.policy) if by_hand else None
                changed = replace(
                    current, draft=draft, by_hand=author, overrides=overrides, approvals=(), reworded=None
                )
                if only_words:
                    since = current.reworded.since if current.reworded is not None else current.version
                    reworded = Rewording(by=requester.id, at=now, since=since)
                    changed = replace(changed, approvals=current.approvals, reworded=reworded)
                saved = await save(unit, changed, cards=self.cards, now=now)
                if only_words:
                    key = f"reworded:{proposal_id}:{saved.version}"
                    await unit.outbox.add(PostRewording(proposal_id), key=key, due_at=now)
                await record(unit, saved, Action.CHANGE.value, who=requester.id, now=now)
                await tell_proposer(unit, saved, "changed", by=requester.id, now=now)
                await unit.commit()
            return DraftChanged(proposal=saved, by_hand=by_hand, only_words=only_words)

        return await answer_failures(proposal_id, change_draft)

    async def form(
        self, *, requester: Staff, case_id: CaseId | None = None, proposal_id: ProposalId | None = None, now: datetime
    ) -> DraftForm | NotEligible | NotConfigured | NoSuchProposal | AlreadyDecided | PermissionDenied | OutsideFailure:
        """Return what a form for a case or an open proposal starts from, and which kinds of offer are possible.

        If none is possible, return what blocks them. A case's form starts from the first possible offer of its rule.
        """

        async def build() -> (
            DraftForm | NotEligible | NotConfigured | NoSuchProposal | AlreadyDecided | PermissionDenied
        ):
            proposal = await self._proposal(proposal_id)
            if proposal is not None and proposal.state != "open":
                return AlreadyDecided(proposal=proposal)
            about = proposal.case_id if proposal is not None else case_id
            if about is None:
                return NoSuchProposal()
            action = Action.PROPOSE if proposal is None else Action.CHANGE
            checks = await self._checks(action, requester, about, proposal, now=now)
            return checks.form() if isinstance(checks, DraftChecks) else checks

        key = proposal_id or case_id
        return NoSuchProposal() if key is None else await answer_failures(key, build)

    async def price(
        self,
        *,
        requester: Staff,
        case_id: CaseId,
        proposal_id: ProposalId | None,
        offer: Offer,
        request: CustomerRequest | None = None,
        now: datetime,
    ) -> PricedDraft | NotEligible | NotConfigured | NoSuchProposal | PermissionDenied | OutsideFailure:
        """Price an offer while somebody types it, and say who must approve it; nothing is stored."""

        async def build() -> PricedDraft | NotEligible | NotConfigured | NoSuchProposal | PermissionDenied:
            proposal = await self._proposal(proposal_id)
            action = Action.PROPOSE if proposal is None else Action.CHANGE
            checks = await self._checks(action, requester, case_id, proposal, now=now)
            if not isinstance(checks, DraftChecks):
                return checks
            return replace(checks, request=request).price(offer) if proposal is None else checks.price(offer)

        return await answer_failures(proposal_id or case_id, build)

    async def _proposal(self, proposal_id: ProposalId | None) -> ProposalRow | None:
        async with self.context.store.read() as unit:
            return await unit.proposals.get(proposal_id) if proposal_id is not None else None

    async def _checks(
        self, action: Action, requester: Staff, case_id: CaseId, proposal: ProposalRow | None, *, now: datetime
    ) -> DraftChecks | NoSuchProposal | PermissionDenied:
        denial = await self.permission.denial(requester, action, whom=str(case_id), now=now)
        if denial is not None:
            return denial
        if proposal is None:
            await self._note_pick(case_id, now=now)
        policy = self.policies.current
        gathered = await self.eligibility.gather(case_id, policy, now=now, apart_from=proposal.id if proposal else None)
        if gathered is None:
            return NoSuchProposal()
        snapshot, history = gathered
        return DraftChecks(
            snapshot=snapshot,
            history=history,
            proposal=proposal,
            policy=policy,
            settings=self.context.settings,
            request=proposal.request if proposal is not None else None,
            now=now,
        )

    async def _draft(
        self, checks: DraftChecks, offer: Offer, *, note: str | None, send_at: datetime | None
    ) -> Draft | NotEligible | NotConfigured:
        """Return the draft of an offer that Stripe would not refuse, or what blocks it."""
        draft = checks.draft(offer, note=note, send_at=send_at)
        if not isinstance(draft, Draft):
            return draft
        refused = await self.eligibility.preview(checks.snapshot.case.subscription_id, draft.terms)
        return draft if refused is None else NotEligible(rejected=(refused,))

    async def _note_pick(self, case_id: CaseId, *, now: datetime) -> None:
        """Record that somebody began an offer by hand, even if none comes of it: the holdout must know."""
        async with self.context.store.begin() as unit:
            case = await unit.cases.get(case_id)
            if case is None or case.picked_at is not None:
                return
            if not await unit.cases.save(replace(case, picked_at=now)):
                raise VersionConflict("somebody changed the case at the same moment")
            await unit.commit()
