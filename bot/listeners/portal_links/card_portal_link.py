"""A card's *Portal link*: the same as the command, for the card's customer."""

from typing import Any
from uuid import UUID

from slack_bolt.async_app import AsyncApp

from bot.slack.acknowledge import acknowledge
from bot.slack.log_failure import log_failure
from bot.slack.reply import Respond
from bot.slack.reply_deadline import ReplyDeadline
from bot.slack.requester import requester
from bot.views import texts
from bot.views.blocks import Message
from bot.views.cancellations import card as card_view
from bot.views.portal_links import lookup as lookup_view
from domain.ids import CaseId
from flows.portal_links.look_up import CustomerLookup
from flows.ports import Clock


def register(app: AsyncApp, *, links: CustomerLookup, deadline: ReplyDeadline, clock: Clock) -> None:
    """Answer the click beside the card, to whoever clicked only."""

    async def work(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        async def look_up() -> Message:
            now, case_id = clock(), CaseId(UUID(action["value"]))
            found = await links.open_for_case(requester=requester(body), case_id=case_id, now=now)
            return lookup_view.opened(log_failure(found), now=now)

        await deadline.answer(respond, look_up(), timeout_text=texts.GAVE_UP)

    app.action(card_view.PORTAL_LINK)(ack=acknowledge, lazy=[work])
