"""A card's *Portal link*: the same as the command, for the card's customer."""

from typing import Any
from uuid import UUID

from slack_bolt.async_app import AsyncApp

from bot import answers, cards, words
from bot.blocks import Message
from bot.listeners.acknowledge import acknowledge
from bot.patience import Patience
from bot.respond import Respond
from bot.staff import asker
from bot.trouble import noted
from domain.ids import CaseId
from flows.portal_link import PortalLinks
from flows.ports import Clock


def register(app: AsyncApp, *, links: PortalLinks, patience: Patience, clock: Clock) -> None:
    """Answer the click beside the card, to whoever clicked only."""

    async def work(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        async def look_up() -> Message:
            now, case_id = clock(), CaseId(UUID(action["value"]))
            found = await links.open_for_case(asked_by=asker(body), case_id=case_id, now=now)
            return answers.opened(noted(found), now=now)

        await patience.answer(respond, look_up(), gave_up=words.GAVE_UP)

    app.action(cards.PORTAL_LINK)(ack=acknowledge, lazy=[work])
