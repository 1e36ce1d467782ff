"""What a manager decides in the approvals channel: about a proposal, and whether an email arrived."""

from datetime import timedelta
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.background import log_failure
from bot.slack.reply import ModalReply, Respond, open_modal, show_in_form
from bot.slack.reply_deadline import ReplyDeadline
from bot.slack.request import acknowledge, chose, menu_target, requester
from bot.views import modals, texts
from bot.views.blocks import Message
from bot.views.button_values import own_text, read_id
from bot.views.status_texts import DECLINE_REASONS
from bot.views.winback import proposal as proposal_view
from bot.views.winback.decision_replies import decision_message, unclear_email_message
from bot.views.winback.proposal_details import READ_EMAIL_TITLE, read_message
from domain.ids import OfferId
from flows.ports import Clock
from flows.winback.offers.email import OfferEmails, UnclearEmailResolved
from flows.winback.proposals.answers import Declined
from flows.winback.proposals.decide import ProposalDecisions


def register(
    app: AsyncApp, *, client: AsyncWebClient, approvals: ProposalDecisions, deadline: ReplyDeadline, clock: Clock
) -> None:
    """Decide about the version that was shown. The proposal's message changes later, by an effect of its own."""

    async def approve(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        async def decide() -> Message:
            proposal_id, version = proposal_view.read_button(own_text(action))
            answer = await approvals.approve(
                requester=requester(body), proposal_id=proposal_id, version=version, now=clock()
            )
            return decision_message(log_failure(answer))

        await deadline.answer(respond, decide(), timeout_text=texts.DECISION_TIMED_OUT)

    async def read_email(body: dict[str, Any], action: dict[str, Any]) -> None:
        view_id = await open_modal(client, body, modals.waiting_modal(READ_EMAIL_TITLE))

        async def read() -> Message:
            proposal_id, _ = proposal_view.read_button(menu_target(action))
            return read_message(
                log_failure(await approvals.read(requester=requester(body), proposal_id=proposal_id, now=clock()))
            )

        shown = ModalReply(partial(client.views_update, view_id=view_id))
        await deadline.answer(shown, read(), timeout_text=texts.READING_TIMED_OUT)

    async def open_decline(body: dict[str, Any], action: dict[str, Any]) -> None:
        await open_modal(client, body, modals.decline_form(own_text(action)))

    async def decline(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        proposal_id, version = proposal_view.read_button(own_text(view, "private_metadata"))
        why = modals.chosen_value(view, modals.WHY, DECLINE_REASONS)
        answer = await approvals.decline(
            requester=requester(body), proposal_id=proposal_id, version=version, why=why, now=clock()
        )
        if isinstance(answer, Declined):
            await ack()
        else:
            await show_in_form(ack, decision_message(log_failure(answer)))

    async def open_snooze(body: dict[str, Any], action: dict[str, Any]) -> None:
        await open_modal(client, body, modals.snooze_form(menu_target(action)))

    async def snooze(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        proposal_id, version = proposal_view.read_button(own_text(view, "private_metadata"))
        now = clock()
        until = now + timedelta(days=int(modals.chosen_value(view, modals.DAYS, modals.SNOOZES)))
        answer = await approvals.snooze(
            requester=requester(body), proposal_id=proposal_id, version=version, until=until, now=now
        )
        await show_in_form(ack, decision_message(log_failure(answer)))

    app.action(proposal_view.APPROVE)(ack=acknowledge, lazy=[approve])
    read = [chose(proposal_view.READ_EMAIL)]
    app.action(proposal_view.MORE, matchers=read)(ack=acknowledge, lazy=[read_email])
    app.action(proposal_view.DECLINE)(ack=acknowledge, lazy=[open_decline])
    app.view(modals.DECLINE)(decline)
    app.action(proposal_view.MORE, matchers=[chose(proposal_view.SNOOZE)])(ack=acknowledge, lazy=[open_snooze])
    app.view(modals.SNOOZE)(snooze)


def register_email_question(app: AsyncApp, *, mail: OfferEmails | None, clock: Clock) -> None:
    """Take *It arrived* and *Send again*, in place of the question; `mail` None: no email can be sent now."""

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
