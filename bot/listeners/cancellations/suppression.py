"""*Never contact…* and *Contact again…*: each asks in a modal first."""

from typing import Any
from uuid import UUID

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.reply import open_modal, show_in_form
from bot.slack.request import acknowledge, chose, menu_case, requester
from bot.views import modals, texts
from bot.views.cancellations import card as card_view
from bot.views.cancellations.confirmations import confirmation_message
from bot.views.winback import proposal as proposal_view
from domain.ids import CaseId
from flows.cancellations.case_actions import CaseActions
from flows.ports import Clock


def register(app: AsyncApp, *, client: AsyncWebClient, actions: CaseActions, clock: Clock) -> None:
    """Open the modals, from a card's or a proposal's menu, and do what they confirm."""

    async def open_never_contact(body: dict[str, Any], action: dict[str, Any]) -> None:
        await open_modal(client, body, modals.never_contact_form(menu_case(action)))

    async def never_contact(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        case_id = CaseId(UUID(view["private_metadata"]))
        answer = await actions.never_contact(requester=requester(body), case_id=case_id, now=clock())
        await show_in_form(ack, confirmation_message(answer, done=texts.NEVER_CONTACTED))

    async def open_contact_again(body: dict[str, Any], action: dict[str, Any]) -> None:
        await open_modal(client, body, modals.contact_again_form(menu_case(action)))

    async def contact_again(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        case_id = CaseId(UUID(view["private_metadata"]))
        why = modals.typed_value(view, modals.WHY)
        answer = await actions.contact_again(requester=requester(body), case_id=case_id, why=why, now=clock())
        await show_in_form(ack, confirmation_message(answer, done=texts.CONTACTED_AGAIN))

    never, again = chose(card_view.NEVER_CONTACT), chose(card_view.CONTACT_AGAIN)
    app.action(card_view.MORE, matchers=[never])(ack=acknowledge, lazy=[open_never_contact])
    app.action(proposal_view.MORE, matchers=[never])(ack=acknowledge, lazy=[open_never_contact])
    app.view(modals.NEVER_CONTACT)(never_contact)
    app.action(card_view.MORE, matchers=[again])(ack=acknowledge, lazy=[open_contact_again])
    app.view(modals.CONTACT_AGAIN)(contact_again)
