"""*Propose an email…* under `/winback shipped`: to each customer who is picked."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.background import log_failure
from bot.slack.reply import Respond
from bot.slack.reply_deadline import ReplyDeadline
from bot.slack.request import acknowledge, requester
from bot.views.blocks import Message, message
from bot.views.button_values import own_text
from bot.views.winback import command_texts
from bot.views.winback import feature_launch as launch_view
from flows.ports import Clock
from flows.winback.proposals.feature_launch import FeatureLaunch


def register(app: AsyncApp, *, shipping: FeatureLaunch, deadline: ReplyDeadline, clock: Clock) -> None:
    """Answer in place of the list, so that nobody is proposed twice."""

    async def work(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        names = launch_view.picked_cases(body)
        if not names:
            await respond(message(command_texts.NOBODY_PICKED), replace=False)
            return

        async def propose() -> Message:
            answer = await shipping.propose(
                requester=requester(body), feature=own_text(action), case_ids=list(names), now=clock()
            )
            return launch_view.proposed_message(log_failure(answer), names)

        await respond(message(command_texts.WORKING))
        await deadline.answer(respond, propose(), timeout_text=command_texts.BATCH_TIMED_OUT)

    app.action(launch_view.PICK)(acknowledge)
    app.action(launch_view.PROPOSE)(ack=acknowledge, lazy=[work])
