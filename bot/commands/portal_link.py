"""`/portal-link`: a question about one customer, answered to its asker only."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot import answers, words
from bot.asking import Fault, Usage, parse
from bot.blocks import Message, message
from bot.listeners.acknowledge import acknowledge
from bot.patience import Patience
from bot.respond import Respond
from bot.staff import asker
from bot.trouble import noted
from flows.portal_link import PortalLinks
from flows.ports import Clock


def register(app: AsyncApp, *, links: PortalLinks, patience: Patience, clock: Clock) -> None:
    """Answer `/portal-link`."""

    async def work(command: dict[str, Any], respond: Respond) -> None:
        request = parse(command["text"])
        if isinstance(request, Usage):
            await respond(message(words.USAGE))
        elif isinstance(request, Fault):
            await respond(message(request.sentence))
        else:

            async def look_up() -> Message:
                now = clock()
                found = await links.open(asked_by=asker(command), request=request, now=now)
                return answers.opened(noted(found), now=now)

            await patience.answer(respond, look_up(), gave_up=words.GAVE_UP)

    app.command("/portal-link")(ack=acknowledge, lazy=[work])
