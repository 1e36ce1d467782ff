"""The owner's answer about the result of the talk."""

from typing import Any, cast
from uuid import UUID

from slack_bolt.async_app import AsyncApp

from bot.slack.reply import Respond
from bot.slack.request import acknowledge, requester
from bot.views.cancellations.confirmations import confirmation_message
from bot.views.cancellations.follow_up_question import ANSWERS, PREFIX, follow_up_answer
from domain.cancellations.stored_case import FollowUp
from domain.ids import CaseId
from flows.cancellations.case_actions import CaseActions, Done
from flows.ports import Clock


def register(app: AsyncApp, *, actions: CaseActions, clock: Clock) -> None:
    """Answer in place of the question, which is asked once."""

    async def work(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        said = cast("FollowUp", action["action_id"].removeprefix(PREFIX))
        case_id = CaseId(UUID(action["value"]))
        answer = await actions.follow_up(requester=requester(body), case_id=case_id, answer=said, now=clock())
        if isinstance(answer, Done):
            await respond(follow_up_answer(said), replace=True)
        else:
            await respond(confirmation_message(answer, done=""), replace=False)

    for said in ANSWERS:
        app.action(PREFIX + said)(ack=acknowledge, lazy=[work])
