"""*Decline…*: a manager's no, and why."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.acknowledge import acknowledge
from bot.slack.errors import ask
from bot.slack.log_failure import log_failure
from bot.slack.requester import requester
from bot.views import modals
from bot.views.winback import proposal as proposal_view
from bot.views.winback import proposal_button
from bot.views.winback.decision_replies import decided
from flows.ports import Clock
from flows.winback.proposals.answers import Declined
from flows.winback.proposals.decide import ProposalDecisions


def register(app: AsyncApp, *, client: AsyncWebClient, approvals: ProposalDecisions, clock: Clock) -> None:
    """Ask why, and say no."""

    async def work(body: dict[str, Any], action: dict[str, Any]) -> None:
        await ask(client.views_open(trigger_id=body["trigger_id"], view=modals.decline(action["value"])))

    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        proposal_id, version = proposal_button.read(view["private_metadata"])
        answer = await approvals.decline(
            requester=requester(body),
            proposal_id=proposal_id,
            version=version,
            why=modals.typed(view, modals.WHY),
            now=clock(),
        )
        if isinstance(answer, Declined):
            await ack()
        else:
            await ack(response_action="update", view=modals.result(decided(log_failure(answer))))

    app.action(proposal_view.DECLINE)(ack=acknowledge, lazy=[work])
    app.view(modals.DECLINE)(submitted)
