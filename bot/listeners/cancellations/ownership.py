"""*I'll talk to them*, *Hand back*, and the question two days later: who owns a case, and what came of it."""

from typing import Any, cast
from uuid import UUID

from slack_bolt.async_app import AsyncApp

from bot.slack.reply import Respond
from bot.slack.request import acknowledge, chose, menu_case, requester
from bot.views import texts
from bot.views.cancellations import card as card_view
from bot.views.cancellations.confirmations import confirmation_message
from bot.views.cancellations.follow_up_question import ANSWERS, PREFIX, follow_up_answer
from domain.cancellations.stored_case import FollowUp
from domain.ids import CaseId
from flows.cancellations.case_actions import CaseActions, Done
from flows.ports import Clock


def register(app: AsyncApp, *, actions: CaseActions, clock: Clock) -> None:
    """Answer privately, and the question in its place; the card changes later, by an effect of its own."""

    async def talk(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        answer = await actions.talk(requester=requester(body), case_id=menu_case(action), now=clock())
        await respond(confirmation_message(answer, done=texts.TALKING))

    async def hand_back(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        answer = await actions.hand_back(requester=requester(body), case_id=menu_case(action), now=clock())
        await respond(confirmation_message(answer, done=texts.HANDED_BACK))

    async def follow_up(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        said = cast("FollowUp", action["action_id"].removeprefix(PREFIX))
        case_id = CaseId(UUID(action["value"]))
        answer = await actions.follow_up(requester=requester(body), case_id=case_id, answer=said, now=clock())
        if isinstance(answer, Done):
            await respond(follow_up_answer(said), replace=True)
        else:
            await respond(confirmation_message(answer, done=""), replace=False)

    app.action(card_view.MORE, matchers=[chose(card_view.TALK)])(ack=acknowledge, lazy=[talk])
    app.action(card_view.MORE, matchers=[chose(card_view.HAND_BACK)])(ack=acknowledge, lazy=[hand_back])
    for said in ANSWERS:
        app.action(PREFIX + said)(ack=acknowledge, lazy=[follow_up])
