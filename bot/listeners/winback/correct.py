"""*Hold*, *Take back…* and *Pause all sending*: somebody corrects a slip before the email leaves, or after."""

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.background import log_failure
from bot.slack.reply import Respond, open_modal, show_in_form
from bot.slack.reply_deadline import FormDeadline
from bot.slack.request import acknowledge, requester
from bot.views import modals, texts
from bot.views.blocks import Message, message
from bot.views.button_values import own_text
from bot.views.cancellations.card import HOLD
from bot.views.status_texts import TAKE_BACK_REASONS
from bot.views.winback import command_texts
from bot.views.winback import corrections as corrections_view
from domain.cancellations.stored_case import Facts
from flows.ports import Clock
from flows.winback.policy.sending_pause import PauseControl
from flows.winback.proposals.hold import OfferCorrections


def register(
    app: AsyncApp,
    *,
    client: AsyncWebClient,
    corrections: OfferCorrections,
    pause_control: PauseControl,
    form_deadline: FormDeadline,
    clock: Clock,
) -> None:
    """Answer the person who pressed; the proposal's message and the card change later, by effects of their own."""

    async def hold(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        proposal_id = corrections_view.read_proposal(own_text(action))
        answer = await corrections.hold(requester=requester(body), proposal_id=proposal_id, now=clock())
        await respond(corrections_view.correction_message(log_failure(answer)))

    async def open_take_back(body: dict[str, Any], action: dict[str, Any]) -> None:
        proposal_id = corrections_view.read_proposal(own_text(action))
        found = log_failure(await corrections.whose(requester=requester(body), proposal_id=proposal_id, now=clock()))
        if isinstance(found, Facts):
            view = corrections_view.take_back_form(found, proposal_id)
        else:
            view = modals.result_modal(corrections_view.correction_message(found))
        await open_modal(client, body, view)

    async def take_back(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], respond: Respond) -> None:
        proposal_id = corrections_view.read_proposal(own_text(view, "private_metadata"))
        why = modals.chosen_value(view, modals.WHY, TAKE_BACK_REASONS)

        async def take() -> Message:
            answer = await corrections.take_back(
                requester=requester(body), proposal_id=proposal_id, why=why, now=clock()
            )
            return corrections_view.correction_message(log_failure(answer))

        doing = asyncio.ensure_future(take())
        if await form_deadline.in_time(
            doing, ack=ack, respond=respond, waiting_text=texts.STILL_WORKING, timeout_text=texts.DECISION_TIMED_OUT
        ):
            await show_in_form(ack, await doing)

    async def pause(body: dict[str, Any], respond: Respond) -> None:
        answer = await pause_control.pause(requester=requester(body), now=clock())
        await respond(message(command_texts.paused_text(log_failure(answer))))

    app.action(command_texts.PAUSE)(ack=acknowledge, lazy=[pause])
    app.action(HOLD)(ack=acknowledge, lazy=[hold])
    app.action(corrections_view.TAKE_BACK)(ack=acknowledge, lazy=[open_take_back])
    app.view(corrections_view.TAKE_BACK_FORM)(take_back)
