"""*Snooze…*: a proposal out of sight for a while."""

from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.listeners.cancellations.overflow_menu import chose, rest_of
from bot.slack.acknowledge import acknowledge
from bot.slack.errors import ask
from bot.slack.log_failure import log_failure
from bot.slack.requester import requester
from bot.views import modals
from bot.views.winback import proposal as proposal_view
from bot.views.winback import proposal_button
from bot.views.winback.decision_replies import decided
from flows.ports import Clock
from flows.winback.proposals.decide import ProposalDecisions


def register(app: AsyncApp, *, client: AsyncWebClient, approvals: ProposalDecisions, clock: Clock) -> None:
    """Ask for how long, and say until when it is in fact: never past the last useful moment."""

    async def work(body: dict[str, Any], action: dict[str, Any]) -> None:
        await ask(client.views_open(trigger_id=body["trigger_id"], view=modals.snooze(rest_of(action))))

    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        proposal_id, version = proposal_button.read(view["private_metadata"])
        now = clock()
        until = now + timedelta(days=int(modals.typed(view, modals.DAYS)))
        answer = await approvals.snooze(
            requester=requester(body), proposal_id=proposal_id, version=version, until=until, now=now
        )
        await ack(response_action="update", view=modals.result(decided(log_failure(answer))))

    app.action(proposal_view.MORE, matchers=[chose(proposal_view.SNOOZE)])(ack=acknowledge, lazy=[work])
    app.view(modals.SNOOZE)(submitted)
