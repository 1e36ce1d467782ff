"""*It arrived* and *Send again*: a person resolves an email that may have been sent."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.reply import Respond
from bot.slack.request import acknowledge, requester
from bot.views.button_values import own_text, read_id
from bot.views.winback import proposal as proposal_view
from bot.views.winback.decision_replies import unclear_email_message
from domain.ids import OfferId
from flows.ports import Clock
from flows.winback.offers.email import OfferEmails, UnclearEmailResolved


def register(app: AsyncApp, *, mail: OfferEmails | None, clock: Clock) -> None:
    """Answer in place of the question, which is asked once. `mail` None: no email can be sent now."""

    async def work(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        if mail is None:
            await respond(unclear_email_message(None, arrived=False))
            return
        arrived = action["action_id"] == proposal_view.EMAIL_ARRIVED
        offer_id = OfferId(read_id(own_text(action)))
        answer = await mail.resolve_email(requester=requester(body), offer_id=offer_id, arrived=arrived, now=clock())
        await respond(unclear_email_message(answer, arrived=arrived), replace=isinstance(answer, UnclearEmailResolved))

    for way in (proposal_view.EMAIL_ARRIVED, proposal_view.EMAIL_AGAIN):
        app.action(way)(ack=acknowledge, lazy=[work])
