"""*E-mail it* and *Show the link…*: the two ways in which a link leaves the house."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot import answers, words
from bot.blocks import Message
from bot.listeners.acknowledge import acknowledge
from bot.meant import read
from bot.patience import Patience
from bot.respond import Respond
from bot.staff import asker
from bot.trouble import noted
from flows.handing_over import HandingOver
from flows.ports import Clock


def register(app: AsyncApp, *, handing_over: HandingOver, patience: Patience, clock: Clock) -> None:
    """Put the answer in the place of the question, so that its buttons are pressed once."""
    ways = {answers.MAIL: handing_over.mail, answers.SHOW: handing_over.show}

    async def work(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        async def hand_over() -> Message:
            now = clock()
            handed = await ways[action["action_id"]](asked_by=asker(body), meant=read(action["value"]), now=now)
            return answers.handed(noted(handed), now=now)

        await patience.answer(respond, hand_over(), gave_up=words.GAVE_UP)

    for way in ways:
        app.action(way)(ack=acknowledge, lazy=[work])
