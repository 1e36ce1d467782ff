"""*Never contact…*: asked once more in a modal, since it closes a door."""

from typing import Any
from uuid import UUID

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.listeners.cancellations.overflow_menu import case_of, chose
from bot.slack.acknowledge import acknowledge
from bot.slack.errors import ask
from bot.slack.requester import requester
from bot.views import modals, texts
from bot.views.cancellations import card as card_view
from bot.views.cancellations.confirmations import contacted
from bot.views.winback import proposal as proposal_view
from domain.ids import CaseId
from flows.cancellations.case_actions import CaseActions
from flows.ports import Clock


def register(app: AsyncApp, *, client: AsyncWebClient, contact: CaseActions, clock: Clock) -> None:
    """Open the question, and do it when it is confirmed."""

    async def work(body: dict[str, Any], action: dict[str, Any]) -> None:
        await ask(client.views_open(trigger_id=body["trigger_id"], view=modals.never_contact(case_of(action))))

    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        case_id = CaseId(UUID(view["private_metadata"]))
        answer = await contact.never_contact(requester=requester(body), case_id=case_id, now=clock())
        await ack(response_action="update", view=modals.result(contacted(answer, done=texts.NEVER_AGAIN)))

    app.action(card_view.MORE, matchers=[chose(card_view.NEVER_CONTACT)])(ack=acknowledge, lazy=[work])
    app.action(proposal_view.MORE, matchers=[chose(proposal_view.NEVER_CONTACT)])(ack=acknowledge, lazy=[work])
    app.view(modals.NEVER_CONTACT)(submitted)
