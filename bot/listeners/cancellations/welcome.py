"""The button of the first message: an admin has a sample of a card posted."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.reply import Respond
from bot.slack.request import acknowledge, requester
from bot.views.blocks import message
from bot.views.cancellations.welcome import SAMPLE, SAMPLE_COMES
from bot.views.winback.decision_replies import decision_message
from flows.events.welcome import SampleComes, Welcome
from flows.ports import Clock


def register(app: AsyncApp, *, welcome: Welcome, clock: Clock) -> None:
    """Listen to *Post a sample*."""

    async def post(body: dict[str, Any], respond: Respond) -> None:
        answer = await welcome.sample(requester=requester(body), now=clock())
        told = message(SAMPLE_COMES) if isinstance(answer, SampleComes) else decision_message(answer)
        await respond(told, replace=False)

    app.action(SAMPLE)(ack=acknowledge, lazy=[post])
