"""*Propose a letter…* under `/winback shipped`: to each who is picked."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot import command_words, shipped_cards
from bot.blocks import Message, message
from bot.listeners.acknowledge import acknowledge
from bot.patience import Patience
from bot.respond import Respond
from bot.staff import asker
from bot.trouble import noted
from flows.ports import Clock
from flows.shipping import Shipping


def register(app: AsyncApp, *, shipping: Shipping, patience: Patience, clock: Clock) -> None:
    """Put the answer in the place of the list, so that nobody is proposed for twice."""

    async def work(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        names = shipped_cards.picked(body)
        if not names:
            await respond(message(command_words.NOBODY_PICKED), replace=False)
            return

        async def propose() -> Message:
            answer = await shipping.propose_shipped(
                asked_by=asker(body), feature=action["value"], case_ids=list(names), now=clock()
            )
            return shipped_cards.proposed(noted(answer), names)

        await respond(message(command_words.WORKING))
        await patience.answer(respond, propose(), gave_up=command_words.BULK_GAVE_UP)

    app.action(shipped_cards.PICK)(acknowledge)
    app.action(shipped_cards.PROPOSE)(ack=acknowledge, lazy=[work])
