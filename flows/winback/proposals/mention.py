"""One mention of managers, by name, under a proposal that has less than a working day left."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from domain.ids import ProposalId
from domain.permissions import Role
from domain.winback.policy import Policy
from domain.winback.sending_hours import a_working_day_before, is_open
from flows.effects import MentionManagers
from flows.failures import Refused, Unavailable
from flows.outbox.dispatcher import Attempt
from flows.outbox.message_updates import proposal_key
from flows.ports.context import Context
from flows.winback.policy.active_policy import ActivePolicy

A_PAGE = 50


@dataclass(frozen=True, slots=True)
class DeadlineMentions:
    """The job that looks for such proposals, and the work behind `MentionManagers`."""

    context: Context
    policies: ActivePolicy

    async def look(self, now: datetime) -> None:
        """Ask for a mention under each proposal that needs one, within the sending hours; once for each."""
        policy = self.policies.current
        zone = policy.zone or ZoneInfo("UTC")
        if self.context.settings.approvals is None or not policy.notify or not is_open(policy.limits.hours, zone, now):
            return
        due = await self._due(policy, zone, now=now)
        if due:
            async with self.context.store.begin() as unit:
                for proposal_id in due:
                    await unit.outbox.add(MentionManagers(proposal_id), key=_key(proposal_id), due_at=now)
                await unit.commit()

    async def _due(self, policy: Policy, zone: ZoneInfo, *, now: datetime) -> list[ProposalId]:
        due = list[ProposalId]()
        async with self.context.store.read() as unit:
            while page := await unit.proposals.waiting(now=now, first=len(due), limit=A_PAGE):
                near = [
                    each.proposal.id
                    for each in page
                    if now > a_working_day_before(policy.limits.hours, zone, each.proposal.expires_at)
                ]
                due += near
                if len(near) < A_PAGE:
                    break
            return [each for each in due if await unit.outbox.by_key(_key(each)) is None]

    async def mention(self, effect: MentionManagers, attempt: Attempt, now: datetime) -> None:
        """Mention those whom the policy names and who are managers, unless the proposal is decided by now."""
        async with self.context.store.read() as unit:
            proposal = await unit.proposals.get(effect.proposal_id)
            row = await unit.outbox.by_key(proposal_key(effect.proposal_id))
        if proposal is None or proposal.state != "open" or now >= proposal.expires_at:
            return
        managers = await self.context.directory.members(Role.MANAGER)
        named = [each for each in self.policies.current.notify if each in managers]
        if not named:
            return
        if row is None or row.place is None:
            raise Unavailable("the proposal is not posted yet")
        sentence = self.context.wording.deadline_text(named, proposal.expires_at)
        try:
            await attempt.post_once(partial(self.context.chat.reply, sentence, under=row.place), near=row.place)
        except Refused as refused:
            if refused.code != "thread_not_found":
                raise
            # The proposal's message was deleted: nobody can decide under it.


def _key(proposal_id: ProposalId) -> str:
    return f"mention:{proposal_id}"
