"""*Contact again…*: a door that staff closed is opened, by a manager, with a reason."""

from typing import Any
from uuid import UUID

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import cards, modals, words
from bot.contact_answers import contacted
from bot.errors import ask
from bot.listeners.acknowledge import acknowledge
from bot.listeners.chosen import case_of, chose
from bot.staff import asker
from domain.ids import CaseId
from flows.contact import Contact
from flows.ports import Clock


def register(app: AsyncApp, *, client: AsyncWebClient, contact: Contact, clock: Clock) -> None:
    """Ask why, and do it when that is said."""

    async def work(body: dict[str, Any], action: dict[str, Any]) -> None:
        await ask(client.views_open(trigger_id=body["trigger_id"], view=modals.contact_again(case_of(action))))

    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        case_id = CaseId(UUID(view["private_metadata"]))
        why = modals.typed(view, modals.WHY)
        answer = await contact.contact_again(asked_by=asker(body), case_id=case_id, why=why, now=clock())
        await ack(response_action="update", view=modals.result(contacted(answer, done=words.AGAIN)))

    app.action(cards.MORE, matchers=[chose(cards.CONTACT_AGAIN)])(ack=acknowledge, lazy=[work])
    app.view(modals.CONTACT_AGAIN)(submitted)
