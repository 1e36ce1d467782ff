"""Asking for a proposal's message to be shown as it is now, and for a case to be held against the policy again."""

from datetime import datetime

from domain.ids import CaseId, ProposalId
from flows.effects import EvaluateCase, ShowProposal
from flows.ports.store import UnitOfWork


def proposal_key(proposal_id: ProposalId) -> str:
    """Name the one outbox row that keeps a proposal's message as it should be."""
    return f"proposal:{proposal_id}"


async def show_proposal(unit: UnitOfWork, proposal_id: ProposalId, *, now: datetime) -> None:
    """Have a proposal's message brought up to date, in the transaction of what changed."""
    await unit.outbox.want(ShowProposal(proposal_id), key=proposal_key(proposal_id), due_at=now)


async def schedule_evaluation(unit: UnitOfWork, case_id: CaseId, *, at: datetime) -> None:
    """Have a case held against the policy at a moment; one look too many does no harm."""
    await unit.outbox.add(EvaluateCase(case_id), key=f"consider:{case_id}:{at.isoformat()}", due_at=at)
