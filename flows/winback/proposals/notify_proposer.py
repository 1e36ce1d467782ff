"""Private messages to the person who proposed an offer: what became of it."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import cast, get_args

from domain.permissions import Action, allowed
from domain.winback.status import ProposerNews, ProposerNewsKind
from flows.effects import TellProposer
from flows.outbox.dispatcher import Attempt
from flows.ports import NotStaff, Staff
from flows.ports.context import Context


@dataclass(frozen=True, slots=True)
class ProposerNotifications:
    """The work behind `TellProposer`."""

    context: Context

    async def tell(self, effect: TellProposer, attempt: Attempt, now: datetime) -> None:
        """Write to the proposer once; nothing if the proposal is gone, or the news is of no known kind.

        Who may propose nothing any more, or has left, is told nothing of customers. Raises Unavailable if Slack doesn't
        say who may.
        """
        async with self.context.store.read() as unit:
            proposal = await unit.proposals.get(effect.proposal_id)
            row = await unit.observations.row(proposal.subscription_id) if proposal is not None else None
            offer = await unit.offers.by_proposal(effect.proposal_id)
        if proposal is None or row is None or row.facts is None or effect.kind not in get_args(ProposerNewsKind):
            return
        roles = await self.context.directory.roles(Staff(id=effect.to, team_id=None))
        if isinstance(roles, NotStaff) or not allowed(Action.PROPOSE, roles):
            return
        kind = cast("ProposerNewsKind", effect.kind)
        news = ProposerNews(kind=kind, proposal=proposal, offer=offer, facts=row.facts)
        await attempt.post_once(partial(self.context.chat.tell_proposer, news, to=effect.to), near=effect.to)
