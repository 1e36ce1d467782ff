"""*Approve & send*: a manager's yes, answered beside the proposal."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.acknowledge import acknowledge
from bot.slack.log_failure import log_failure
from bot.slack.reply import Respond
from bot.slack.reply_deadline import ReplyDeadline
from bot.slack.requester import requester
from bot.views import texts
from bot.views.blocks import Message
from bot.views.winback import proposal as proposal_view
from bot.views.winback import proposal_button
from bot.views.winback.decision_replies import decided
from flows.ports import Clock
from flows.winback.proposals.decide import ProposalDecisions


def register(app: AsyncApp, *, approvals: ProposalDecisions, deadline: ReplyDeadline, clock: Clock) -> None:
    """Say yes to the version that was shown; the message itself turns by its own effect."""

    async def work(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        async def say_yes() -> Message:
            proposal_id, version = proposal_button.read(action["value"])
            answer = await approvals.approve(
                requester=requester(body), proposal_id=proposal_id, version=version, now=clock()
            )
            return decided(log_failure(answer))

        await deadline.answer(respond, say_yes(), timeout_text=texts.LOOK_FIRST)

    app.action(proposal_view.APPROVE)(ack=acknowledge, lazy=[work])
