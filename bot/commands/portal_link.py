"""`/portal-link`: look up one customer; only the requester sees the answer."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.background import log_failure
from bot.slack.portal_link_parser import InvalidRequest, UsageRequest, parse
from bot.slack.reply import Respond
from bot.slack.reply_deadline import ReplyDeadline
from bot.slack.request import acknowledge, requester
from bot.views import texts
from bot.views.blocks import Message, message
from bot.views.portal_links import lookup as lookup_view
from flows.portal_links.look_up import CustomerLookup
from flows.ports import Clock


def register(app: AsyncApp, *, links: CustomerLookup, deadline: ReplyDeadline, clock: Clock) -> None:
    """Answer `/portal-link`."""

    async def work(command: dict[str, Any], respond: Respond) -> None:
        request = parse(command["text"])
        if isinstance(request, UsageRequest):
            await respond(message(texts.USAGE))
        elif isinstance(request, InvalidRequest):
            await respond(message(request.sentence))
        else:

            async def look_up() -> Message:
                now = clock()
                found = await links.open(requester=requester(command), request=request, now=now)
                return lookup_view.lookup_message(log_failure(found), now=now)

            await deadline.answer(respond, look_up(), timeout_text=texts.LOOKUP_TIMED_OUT)

    app.command("/portal-link")(ack=acknowledge, lazy=[work])
