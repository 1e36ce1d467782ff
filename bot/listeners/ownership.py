"""*I'll talk to them* and *Hand back*: whose case it is."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot import cards, words
from bot.contact_answers import contacted
from bot.listeners.acknowledge import acknowledge
from bot.listeners.chosen import case_of, chose
from bot.respond import Respond
from bot.staff import asker
from flows.contact import Contact
from flows.ports import Clock


def register(app: AsyncApp, *, contact: Contact, clock: Clock) -> None:
    """Answer beside the card; the card itself turns by its own effect."""

    async def talk(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        answer = await contact.talk(asked_by=asker(body), case_id=case_of(action), now=clock())
        await respond(contacted(answer, done=words.TALKING))

    async def hand_back(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        answer = await contact.hand_back(asked_by=asker(body), case_id=case_of(action), now=clock())
        await respond(contacted(answer, done=words.HANDED_BACK))

    app.action(cards.MORE, matchers=[chose(cards.TALK)])(ack=acknowledge, lazy=[talk])
    app.action(cards.MORE, matchers=[chose(cards.HAND_BACK)])(ack=acknowledge, lazy=[hand_back])
