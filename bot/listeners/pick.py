"""Going on with one of several customers or subscriptions, or with a spelling that could not be compared."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot import answers, picking, words
from bot.blocks import Message
from bot.listeners.acknowledge import acknowledge
from bot.meant import read
from bot.patience import Patience
from bot.respond import Respond
from bot.staff import asker
from bot.trouble import noted
from flows.portal_link import PortalLinks
from flows.ports import Clock


def register(app: AsyncApp, *, links: PortalLinks, patience: Patience, clock: Clock) -> None:
    """Put the next answer in the place of the question."""

    async def work(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        async def go_on() -> Message:
            now = clock()
            found = await links.choose(asked_by=asker(body), meant=read(action["value"]), now=now)
            return answers.opened(noted(found), now=now)

        await patience.answer(respond, go_on(), gave_up=words.GAVE_UP)

    for question in (picking.PICK_CUSTOMER, picking.PICK_SUBSCRIPTION, picking.CONFIRM_SPELLING):
        app.action(question)(ack=acknowledge, lazy=[work])
