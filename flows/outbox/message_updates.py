"""Requests to show a card or a proposal as it is now, or to evaluate a case again."""

from dataclasses import dataclass
from datetime import datetime

from domain.cancellations.case import Episode
from domain.cancellations.stored_case import Case
from domain.ids import CaseId, ProposalId
from flows.effects import EvaluateCase, ShowCard, ShowProposal
from flows.ports.context import Context
from flows.ports.store import UnitOfWork


def card_key(case_id: CaseId) -> str:
    """Return the key of the outbox row that keeps a case's card up to date."""
    return f"card:{case_id}"


@dataclass(frozen=True, slots=True)
class CardUpdates:
    """Asks for cards. The first post waits a little for the reason, which usually follows within seconds."""

    context: Context

    async def schedule(self, unit: UnitOfWork, case: Case, *, now: datetime) -> None:
        """Have a case's card updated, in the transaction of the change; a silent case has none."""
        if not case.silent:
            await unit.outbox.request(
                ShowCard(case.id), key=card_key(case.id), due_at=self._due_at(case.episode, now=now)
            )

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
    await unit.outbox.add(EvaluateCase(case_id), key=f"consider:{case_id}:{at.isoformat()}", due_at=at)
