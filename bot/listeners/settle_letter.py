"""*It arrived* and *Send again*: a person settles a letter of which it is unclear whether it went out."""

from typing import Any
from uuid import UUID

from slack_bolt.async_app import AsyncApp

from bot import proposal_cards
from bot.letter_answers import letter_settled
from bot.listeners.acknowledge import acknowledge
from bot.respond import Respond
from bot.staff import asker
from domain.ids import OfferId
from flows.offer_mail import LetterSettled, OfferMail
from flows.ports import Clock


def register(app: AsyncApp, *, mail: OfferMail | None, clock: Clock) -> None:
    """Put the answer in the place of the question: it is asked once. `mail` None: nothing can be e-mailed now."""

    async def work(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        if mail is None:
            await respond(letter_settled(None, arrived=False))
            return
        arrived = action["action_id"] == proposal_cards.ARRIVED
        offer_id = OfferId(UUID(action["value"]))
        answer = await mail.settle_letter(asked_by=asker(body), offer_id=offer_id, arrived=arrived, now=clock())
        await respond(letter_settled(answer, arrived=arrived), replace=isinstance(answer, LetterSettled))

    for way in (proposal_cards.ARRIVED, proposal_cards.SEND_AGAIN):
        app.action(way)(ack=acknowledge, lazy=[work])
