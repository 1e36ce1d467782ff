"""*E-mail it* and *Show the link…*: the two ways in which a link leaves the house."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.acknowledge import acknowledge
from bot.slack.log_failure import log_failure
from bot.slack.reply import Respond
from bot.slack.reply_deadline import ReplyDeadline
from bot.slack.requester import requester
from bot.views import texts
from bot.views.blocks import Message
from bot.views.portal_links import lookup as lookup_view
from bot.views.portal_links.button_value import read
from flows.portal_links.deliver import LinkDelivery
from flows.ports import Clock


def register(app: AsyncApp, *, handing_over: LinkDelivery, deadline: ReplyDeadline, clock: Clock) -> None:
    """Put the answer in the place of the question, so that its buttons are pressed once."""
    ways = {lookup_view.MAIL: handing_over.mail, lookup_view.SHOW: handing_over.show}

    async def work(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        async def hand_over() -> Message:
            now = clock()
            handed = await ways[action["action_id"]](requester=requester(body), meant=read(action["value"]), now=now)
            return lookup_view.handed(log_failure(handed), now=now)

        await deadline.answer(respond, hand_over(), timeout_text=texts.GAVE_UP)

    for way in ways:
        app.action(way)(ack=acknowledge, lazy=[work])
