"""Requests to show a card or a proposal as it is now, or to evaluate a case again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.cancellations.case import Episode
from domain.cancellations.stored_case import Case
from domain.ids import BatchId, CaseId, ProposalId, StaffId
from domain.winback.proposal import ProposalRow
from domain.winback.status import ProposerNewsKind
from flows.effects import EvaluateCase, ShowBatch, ShowCard, ShowProposal, TellProposer
from flows.ports.context import Context
from flows.ports.store import UnitOfWork


def card_key(case_id: CaseId) -> str:
    """Return the key of the outbox row that keeps a case's card up to date."""
    return f"card:{case_id}"


BATCH_EDITED_EVERY = timedelta(seconds=5)
"""A batch is edited at most so often, however many of its cases change."""
EDIT_PACE = timedelta(milliseconds=1250)
"""Between the edits of all batches: Slack allows about 50 edits a minute, and a card that is pressed needs some."""


def batch_key(batch_id: BatchId) -> str:
    """Return the key of the outbox row that keeps a batch's message up to date."""
    return f"batch:{batch_id}"


async def show_batches(unit: UnitOfWork, batch_ids: Collection[BatchId], *, now: datetime) -> None:
    """Have the messages of batches edited in a while, one after the other, so that many changes become one edit."""
    last = await unit.card_batches.last_planned_edit()
    for batch_id, planned in (await unit.card_batches.planned_edits(batch_ids)).items():
        at = now
        if planned.edit_at is not None and planned.edit_at > now:
            at = planned.edit_at
        elif planned.posted:
            at = last = max(now + BATCH_EDITED_EVERY, last + EDIT_PACE if last is not None else now)
            await unit.card_batches.plan_edit(batch_id, at=at)
        await unit.outbox.request(ShowBatch(batch_id), key=batch_key(batch_id), due_at=at)


@dataclass(frozen=True, slots=True)
class CardUpdates:
    """Asks for cards. The first post waits a little for the reason, which usually follows within seconds."""

    context: Context

    async def schedule(self, unit: UnitOfWork, case: Case, *, now: datetime) -> None:
        """Have a case's card updated, in the transaction of the change.

        A silent case has none, nor has one that only the digest shows, unless it had one before.
        """
        key = card_key(case.id)
        if case.silent:
            return
        if not self.context.settings.card_rules.gives_card(case) and await unit.outbox.by_key(key) is None:
            return
        await unit.outbox.request(ShowCard(case.id), key=key, due_at=self._due_at(case.episode, now=now))

    async def give_own(self, unit: UnitOfWork, case: Case, *, now: datetime) -> bool:
        """Have a case get its own card now, if it stands only in a batch; False: it does not."""
        rows = await unit.card_batches.want_cards([case.id], "asked")
        await show_batches(unit, [row.batch_id for row in rows], now=now)
        if rows:
            await unit.outbox.request(ShowCard(case.id), key=card_key(case.id), due_at=now)
        return bool(rows)

    def _due_at(self, episode: Episode, *, now: datetime) -> datetime:
        if episode.reason_given or not episode.is_asked_why or episode.state in {"resumed", "withdrawn"}:
            return now
        return max(now, episode.requested_at + self.context.settings.reason_wait)


def proposal_key(proposal_id: ProposalId) -> str:
    """Return the key of the outbox row that keeps a proposal's message up to date."""
    return f"proposal:{proposal_id}"


async def show_proposal(unit: UnitOfWork, proposal_id: ProposalId, *, now: datetime) -> None:
    """Have a proposal's message updated, in the transaction of the change."""
    await unit.outbox.request(ShowProposal(proposal_id), key=proposal_key(proposal_id), due_at=now)


async def schedule_evaluation(unit: UnitOfWork, case_id: CaseId, *, at: datetime) -> None:
    """Have a case evaluated against the policy at a time; once too often does no harm."""
    await unit.outbox.add(EvaluateCase(case_id), key=evaluation_key(case_id, at=at), due_at=at)


def evaluation_key(case_id: CaseId, *, at: datetime) -> str:
    """Return the key of the outbox row by which a case is evaluated at a time."""
    return f"consider:{case_id}:{at.isoformat()}"


async def tell_proposer(
    unit: UnitOfWork, proposal: ProposalRow, kind: ProposerNewsKind, *, by: StaffId | None, now: datetime
) -> None:
    """Have the person who proposed an offer told privately what became of it, unless they did that themselves."""
    proposer = proposal.proposer
    if proposer is not None and proposer != by:
        news = TellProposer(proposal.id, proposer, kind)
        await unit.outbox.add(news, key=f"news:{proposal.id}:{kind}:{proposal.version}", due_at=now)
