"""*Show the offer link…*: the proposer passes on the link of an offer that the customer asked for."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.background import log_failure
from bot.slack.reply import Respond
from bot.slack.reply_deadline import ReplyDeadline
from bot.slack.request import acknowledge, requester
from bot.views import texts
from bot.views.blocks import Message
from bot.views.button_values import own_text, read_id
from bot.views.winback.proposer_news import SHOW_LINK, offer_link_message
from domain.ids import ProposalId
from flows.ports import Clock
from flows.winback.offers.show_link import OfferLinks


def register(app: AsyncApp, *, links: OfferLinks, deadline: ReplyDeadline, clock: Clock) -> None:
    """Answer privately beside the message, whose button stays: a link lives for an hour, the offer for longer."""

    async def work(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        async def show() -> Message:
            proposal_id = ProposalId(read_id(own_text(action)))
            answer = await links.show(requester=requester(body), proposal_id=proposal_id, now=clock())
            return offer_link_message(log_failure(answer))

        await deadline.answer(respond, show(), timeout_text=texts.LOOKUP_TIMED_OUT)

    app.action(SHOW_LINK)(ack=acknowledge, lazy=[work])
