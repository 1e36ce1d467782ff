"""Proposals that nobody answers expire; silence is never taken for approval."""

from dataclasses import dataclass, replace
from datetime import datetime

from flows.effects import ExpireProposal
from flows.outbox.dispatcher import Attempt
from flows.outbox.message_updates import CardUpdates
from flows.ports.context import Context
from flows.winback.proposals.lifecycle import expire, save


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
