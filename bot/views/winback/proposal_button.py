"""What a proposal's buttons carry: which proposal, and which version of it was shown."""

from uuid import UUID

from domain.ids import ProposalId
from domain.winback.proposal import ProposalRow


def written(proposal: ProposalRow) -> str:
    """Write a button's value."""
    return f"{proposal.id} {proposal.version}"


def read(value: str) -> tuple[ProposalId, int]:
    """Read what `written` wrote; raises ValueError for a value that is none of ours."""
    proposal_id, version = value.split(" ")
    return ProposalId(UUID(proposal_id)), int(version)
