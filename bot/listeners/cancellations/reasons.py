"""*Note the reason…* in a card's menu, and *Show name and comment* on a lean card."""

from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.errors import ask
from bot.slack.reply import ModalReply, Respond, open_modal, show_in_form
from bot.slack.request import acknowledge, chose, menu_case, requester
from bot.views import modals, texts
from bot.views.button_values import own_text, read_id
from bot.views.cancellations import card as card_view
from bot.views.cancellations.follow_up_question import confirmation_message
from bot.views.cancellations.note_reason import note_reason_form, noted_values
from domain.ids import CaseId
from domain.winback.case_card import CaseCard
from flows.cancellations.case_actions import Done
from flows.cancellations.reasons import CaseReasons, ReasonChoices
from flows.ports import Clock


def register(app: AsyncApp, *, client: AsyncWebClient, reasons: CaseReasons, clock: Clock) -> None:
    """Open the form once Stripe has said which reasons there are, store what it says, and show what is left out."""

    async def open_form(body: dict[str, Any], action: dict[str, Any]) -> None:
        case_id = menu_case(action)
        view_id = await open_modal(client, body, modals.waiting_modal("Note the reason"))
        choices = await reasons.choices(requester=requester(body), case_id=case_id, now=clock())
        if isinstance(choices, ReasonChoices):
            await ask(client.views_update(view_id=view_id, view=note_reason_form(case_id, choices)))
        else:
            respond = ModalReply(partial(client.views_update, view_id=view_id))
            await respond(confirmation_message(choices, done=""))

    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        feedback, option, words = noted_values(view)
        answer = await reasons.note(
            requester=requester(body),
            case_id=CaseId(read_id(own_text(view, "private_metadata"))),
            feedback=feedback,
            option=option,
            words=words,
            now=clock(),
        )
        if isinstance(answer, Done):
            await ack()
        else:
            await show_in_form(ack, confirmation_message(answer, done=""))

    async def show(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        case_id = CaseId(read_id(own_text(action)))
        shown = await reasons.show_person(requester=requester(body), case_id=case_id, now=clock())
        if isinstance(shown, CaseCard):
            await respond(card_view.person_message(shown), replace=False)
        else:
            await respond(confirmation_message(shown, done=texts.NO_SUCH_CASE), replace=False)

    app.action(card_view.MORE, matchers=[chose(card_view.NOTE_REASON)])(ack=acknowledge, lazy=[open_form])
    app.view(modals.NOTE_REASON)(submitted)
    app.action(card_view.SHOW_PERSON)(ack=acknowledge, lazy=[show])
