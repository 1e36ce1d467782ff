"""*E-mail it* and *Show the link…*: the two ways to deliver a portal link."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.background import log_failure
from bot.slack.reply import Respond
from bot.slack.reply_deadline import ReplyDeadline
from bot.slack.request import acknowledge, requester
from bot.views import texts
from bot.views.blocks import Message
from bot.views.portal_links import lookup as lookup_view
from bot.views.portal_links.choices import read_button
from flows.portal_links.deliver import LinkDelivery
from flows.ports import Clock


def register(app: AsyncApp, *, delivery: LinkDelivery, deadline: ReplyDeadline, clock: Clock) -> None:
    """Answer in the place of the question, so that its buttons are pressed once."""
    ways = {lookup_view.EMAIL: delivery.mail, lookup_view.SHOW: delivery.show}

    async def work(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        async def deliver() -> Message:
            now, target = clock(), read_button(action["value"])
            delivered = await ways[action["action_id"]](requester=requester(body), target=target, now=now)
            return lookup_view.delivery_message(log_failure(delivered), now=now)

        await deadline.answer(respond, deliver(), timeout_text=texts.LOOKUP_TIMED_OUT)

    for way in ways:
        app.action(way)(ack=acknowledge, lazy=[work])
