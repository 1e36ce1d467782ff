"""A proposal's life: made, stored, shown, expired; and whether it takes two approvals."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from domain.cancellations.stored_case import Case
from domain.ids import ProposalId, StaffId
from domain.money import Money
from domain.winback.decision import CaseSnapshot, DecisionReason, Rejection
from domain.winback.manager_limits import second_approver_above
from domain.winback.policy import Policy
from domain.winback.proposal import CustomerRequest, Draft, ProposalRow
from domain.winback.terms import OfferTerms
from flows.effects import ExpireProposal
from flows.failures import VersionConflict
from flows.outbox.dispatcher import Attempt
from flows.outbox.message_updates import CardUpdates, schedule_evaluation, show_proposal, tell_proposer
from flows.ports.context import Context
from flows.ports.store import AuditEntry, UnitOfWork
from flows.winback.policy.deadlines import expires_at, schedule_expiry
from flows.winback.proposals.answers import AlreadyDecided, NoSuchProposal, Outdated


def new_proposal(
    proposal_id: ProposalId,
    snapshot: CaseSnapshot,
    draft: Draft,
    policy: Policy,
    *,
    rule: str | None = None,
    step: int | None = None,
    reasons: tuple[DecisionReason, ...] = (),
    rejected: tuple[Rejection, ...] = (),
    by_hand: StaffId | None = None,
    request: CustomerRequest | None = None,
    overrides: str | None = None,
    last_useful_at: datetime | None,
    now: datetime,
) -> ProposalRow:
    """Return an open proposal for a case."""
    return ProposalRow(
        id=proposal_id,
        case_id=snapshot.case.id,
        person_id=snapshot.case.person_id,
        subscription_id=snapshot.case.subscription_id,
        customer_id=snapshot.customer.id,
        rule=rule,
        step=step,
        draft=draft,
        reasons=reasons,
        rejected=rejected,
        by_hand=by_hand,
        request=request,
        overrides=overrides,
        created_at=now,
        expires_at=expires_at(policy, last_useful_at=last_useful_at, now=now),
        last_useful_at=last_useful_at,
        policy_digest=policy.digest,
    )


async def add_proposal(
    unit: UnitOfWork, proposal: ProposalRow, *, case: Case, cards: CardUpdates, now: datetime
) -> None:
    """Store a new open proposal and have it shown; if the step was proposed before, raise ValueError.

    The case is saved under its version, so that of two who propose for it at once one gets VersionConflict.
    """
    if not await unit.cases.save(case):
        raise VersionConflict("somebody changed the case at the same moment")
    await unit.proposals.add(proposal)
    await schedule_expiry(unit, proposal.id, at=proposal.expires_at)
    await show_proposal(unit, proposal.id, now=now)
    await cards.schedule(unit, case, now=now)


def needs_two_approvals(terms: OfferTerms, policy: Policy, median_monthly: Mapping[str, Money]) -> bool:
    """Return whether an offer costs so much that two different people must approve."""
    limit = second_approver_above(policy, terms.charge.currency, median_monthly.get(terms.charge.currency))
    return limit is not None and terms.charge.minor > limit.minor


def differs(fresh: OfferTerms, shown: OfferTerms) -> bool:
    """Return whether an offer is a different one by now, or costs more; its dates may move with the day.

    With them may the number of invoices that it touches, for which the cost makes allowance.
    """
    return _substance(fresh) != _substance(shown) or fresh.charge.minor > shown.charge.minor


async def read_open(
    unit: UnitOfWork, proposal_id: ProposalId, version: int | None, *, cards: CardUpdates, now: datetime
) -> ProposalRow | AlreadyDecided | Outdated | NoSuchProposal:
    """Return a proposal that is open and, if given, of this `version`, or else the answer to the click.

    A proposal that nobody answered in time expires here. Unless a row is returned, the caller commits.
    """
    row = await unit.proposals.get(proposal_id)
    if row is None or row.state == "held_out":
        return NoSuchProposal()
    if row.state == "open" and now >= row.expires_at:
        row = await expire(unit, row, cards=cards, now=now)
    if row.state != "open":
        return AlreadyDecided(proposal=row)
    if version is not None and version != row.version:
        await show_proposal(unit, row.id, now=now)
        return Outdated(proposal=row, only_words=row.reworded is not None and row.reworded.since <= version)
    return row


async def expire(unit: UnitOfWork, proposal: ProposalRow, *, cards: CardUpdates, now: datetime) -> ProposalRow:
    """Expire a proposal that nobody answered; the rule's next step gets its turn when it is due."""
    expired = await save(unit, replace(proposal, state="expired", decided_at=now), cards=cards, now=now)
    await schedule_evaluation(unit, proposal.case_id, at=now)
    await record(unit, expired, "expire", who="winback", now=now)
    await tell_proposer(unit, expired, "expired", by=None, now=now)
    return expired


async def save(unit: UnitOfWork, proposal: ProposalRow, *, cards: CardUpdates, now: datetime) -> ProposalRow:
    """Store a changed proposal, have its message and its case's card updated, and return it as stored.

    Raises VersionConflict if somebody changed it at the same moment.
    """
    if not await unit.proposals.save(proposal):
        raise VersionConflict("somebody decided on the proposal at the same moment")
    await show_proposal(unit, proposal.id, now=now)
    case = await unit.cases.get(proposal.case_id)
    if case is not None:
        await cards.schedule(unit, case, now=now)
    return replace(proposal, version=proposal.version + 1)


async def record(unit: UnitOfWork, proposal: ProposalRow, action: str, *, who: str, now: datetime) -> None:
    """Write what somebody did with a proposal into the audit log."""
    note = f"{proposal.id} v{proposal.version}"
    if proposal.request is not None:
        note = f"{note} ticket {proposal.request.ticket}"
    if proposal.overrides is not None:
        note = f"{note} overrides {proposal.overrides}"
    entry = AuditEntry(who=who, action=action, whom=str(proposal.case_id), at=now, outcome=proposal.state, note=note)
    await unit.audit.append(entry)


@dataclass(frozen=True, slots=True)
class ProposalExpiry:
    """The work behind `ExpireProposal`."""

    context: Context
    cards: CardUpdates

    async def expire_or_wake(self, effect: ExpireProposal, attempt: Attempt, now: datetime) -> None:
        """Wake a snoozed proposal, or expire one that nobody answered in time."""
        async with self.context.store.begin() as unit:
            row = await unit.proposals.get(effect.proposal_id)
            if row is None or row.state != "open":
                return
            if now >= row.expires_at:
                await expire(unit, row, cards=self.cards, now=now)
            elif row.snoozed_until is not None and now >= row.snoozed_until:
                await save(unit, replace(row, snoozed_until=None), cards=self.cards, now=now)
            await unit.commit()


def _substance(terms: OfferTerms) -> tuple[object, ...]:
    amounts = {(each.before, each.after) for each in terms.invoices}
    return terms.offer, terms.phase, terms.way, terms.coupon, terms.price, terms.later, terms.access, amounts
