"""Drop an approved offer of which nothing was sent, and open its proposal again."""

from dataclasses import replace
from datetime import datetime

from domain.ids import StaffId
from domain.winback.policy import Policy
from domain.winback.proposal import OfferRow, ProposalRow
from flows.cancellations.withdraw_offers import close_at_stripe, release
from flows.failures import VersionConflict
from flows.outbox.message_updates import CardUpdates, show_proposal
from flows.ports.store import UnitOfWork
from flows.winback.policy.deadlines import expires_at, schedule_expiry


async def reopen(
    unit: UnitOfWork,
    offer: OfferRow,
    proposal: ProposalRow,
    policy: Policy,
    *,
    why: str,
    by: StaffId | None,
    cards: CardUpdates,
    now: datetime,
) -> ProposalRow:
    """Open a proposal again without its approvals, and release what its offer reserved; return it as stored.

    The caller has made sure that no email has begun to leave. `by` is who held it, None if a check stopped it. Raises
    VersionConflict if the offer or the proposal changed at the same moment.
    """
    expires = expires_at(policy, last_useful_at=proposal.last_useful_at, now=now)
    again = replace(
        proposal,
        state="open",
        why=why,
        approvals=(),
        by_standing_approval=False,
        decided_by=by,
        decided_at=None if by is None else now,
        expires_at=expires,
        snoozed_until=None,
    )
    if not await unit.offers.save(offer) or not await unit.proposals.save(again):
        raise VersionConflict("the offer changed at the same moment")
    await release(unit, offer)
    await unit.offers.drop(offer.id)
    await close_at_stripe(unit, offer, now=now)
    await schedule_expiry(unit, proposal.id, at=expires)
    await show_proposal(unit, proposal.id, now=now)
    case = await unit.cases.get(proposal.case_id)
    if case is not None:
        await cards.schedule(unit, case, now=now)
    return replace(again, version=proposal.version + 1)
