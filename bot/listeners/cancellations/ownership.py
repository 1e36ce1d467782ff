"""*I'll talk to them* and *Hand back*: who owns a case."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.reply import Respond
from bot.slack.request import acknowledge, chose, menu_case, requester
from bot.views import texts
from bot.views.cancellations import card as card_view
from bot.views.cancellations.confirmations import confirmation_message
from flows.cancellations.case_actions import CaseActions
from flows.ports import Clock


def register(app: AsyncApp, *, actions: CaseActions, clock: Clock) -> None:
    """Answer beside the card; the card changes later, by an effect of its own."""

    async def talk(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        answer = await actions.talk(requester=requester(body), case_id=menu_case(action), now=clock())
        await respond(confirmation_message(answer, done=texts.TALKING))

    async def hand_back(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        answer = await actions.hand_back(requester=requester(body), case_id=menu_case(action), now=clock())
        await respond(confirmation_message(answer, done=texts.HANDED_BACK))

    app.action(card_view.MORE, matchers=[chose(card_view.TALK)])(ack=acknowledge, lazy=[talk])
    app.action(card_view.MORE, matchers=[chose(card_view.HAND_BACK)])(ack=acknowledge, lazy=[hand_back])
