"""Going on with one of several customers or subscriptions, or with a spelling that could not be compared."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.acknowledge import acknowledge
from bot.slack.log_failure import log_failure
from bot.slack.reply import Respond
from bot.slack.reply_deadline import ReplyDeadline
from bot.slack.requester import requester
from bot.views import texts
from bot.views.blocks import Message
from bot.views.portal_links import choices
from bot.views.portal_links import lookup as lookup_view
from bot.views.portal_links.button_value import read
from flows.portal_links.look_up import CustomerLookup
from flows.ports import Clock


def register(app: AsyncApp, *, links: CustomerLookup, deadline: ReplyDeadline, clock: Clock) -> None:
    """Put the next answer in the place of the question."""

    async def work(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        async def go_on() -> Message:
            now = clock()
            found = await links.choose(requester=requester(body), meant=read(action["value"]), now=now)
            return lookup_view.opened(log_failure(found), now=now)

        await deadline.answer(respond, go_on(), timeout_text=texts.GAVE_UP)

    for question in (choices.PICK_CUSTOMER, choices.PICK_SUBSCRIPTION, choices.CONFIRM_SPELLING):
        app.action(question)(ack=acknowledge, lazy=[work])
