"""*Contact again…*: a door that staff closed is opened, by a manager, with a reason."""

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
from domain.ids import CaseId
from flows.cancellations.case_actions import CaseActions
from flows.ports import Clock


def register(app: AsyncApp, *, client: AsyncWebClient, contact: CaseActions, clock: Clock) -> None:
    """Ask why, and do it when that is said."""

    async def work(body: dict[str, Any], action: dict[str, Any]) -> None:
        await ask(client.views_open(trigger_id=body["trigger_id"], view=modals.contact_again(case_of(action))))

    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        case_id = CaseId(UUID(view["private_metadata"]))
        why = modals.typed(view, modals.WHY)
        answer = await contact.contact_again(requester=requester(body), case_id=case_id, why=why, now=clock())
        await ack(response_action="update", view=modals.result(contacted(answer, done=texts.AGAIN)))

    app.action(card_view.MORE, matchers=[chose(card_view.CONTACT_AGAIN)])(ack=acknowledge, lazy=[work])
    app.view(modals.CONTACT_AGAIN)(submitted)
