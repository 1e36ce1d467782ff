"""Asking for a case's card to be shown as the case is now: when the first post may go out, and under which key."""

from dataclasses import dataclass
from datetime import datetime

from domain.cancellations.case import Episode
from domain.cancellations.stored_case import Case
from domain.ids import CaseId
from flows.effects import ShowCard
from flows.ports.context import Context
from flows.ports.store import UnitOfWork


def card_key(case_id: CaseId) -> str:
    """Name the one outbox row that keeps a case's card as it should be."""
    return f"card:{case_id}"


@dataclass(frozen=True, slots=True)
class CardUpdates:
    """Asks for cards; the first post waits a little for the reason, which usually follows within seconds."""

    context: Context

    async def want(self, unit: UnitOfWork, case: Case, *, now: datetime) -> None:
        """Have a case's card brought up to date, in the transaction of what changed; a silent case has none."""
        if not case.silent:
            await unit.outbox.want(ShowCard(case.id), key=card_key(case.id), due_at=self._due_at(case.episode, now=now))

    def _due_at(self, episode: Episode, *, now: datetime) -> datetime:
        if episode.reason_given or not episode.is_asked_why or episode.state in {"resumed", "withdrawn"}:
            return now
        return max(now, episode.requested_at + self.context.settings.reason_wait)
