"""Until when a proposal waits for a decision."""

from datetime import datetime

from domain.ids import ProposalId
from domain.winback.policy import Policy
from flows.effects import ExpireProposal
from flows.ports.store import UnitOfWork


def expires_at(policy: Policy, *, last_useful_at: datetime | None, now: datetime) -> datetime:
    """Return when a proposal expires that is shown from now on."""
    expires = now + policy.limits.proposal_lifetime
    return expires if last_useful_at is None else min(expires, last_useful_at)


async def schedule_expiry(unit: UnitOfWork, proposal_id: ProposalId, *, at: datetime) -> None:
    """Have a proposal checked at a moment when it expires or wakes."""
    await unit.outbox.add(ExpireProposal(proposal_id), key=f"end:{proposal_id}:{at.isoformat()}", due_at=at)
