"""*Change…* on a proposal and *Propose win-back…* on a card: a form that updates its cost while a person types."""

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.listeners.winback.offer_form_session import OfferFormSessions
from bot.slack.background import log_failure
from bot.slack.portal_link_parser import is_ticket
from bot.slack.reply import Respond, reject_field, show_in_form
from bot.slack.reply_deadline import FormDeadline
from bot.slack.request import acknowledge, requester
from bot.views import texts
from bot.views.blocks import Message
from bot.views.button_values import own_text, read_id
from bot.views.cancellations import card as card_view
from bot.views.winback import offer_form
from bot.views.winback import proposal as proposal_view
from bot.views.winback.decision_replies import decision_message, rejections_text
from bot.views.winback.offer_form_parser import (
    OfferFormContext,
    OfferFormError,
    parse_note,
    parse_offer,
    parse_request,
    parse_send_at,
)
from domain.ids import CaseId, StaffId
from domain.winback.proposal import CustomerRequest
from flows.ports import Clock
from flows.winback.policy.eligibility import NotEligible
from flows.winback.proposals.answers import DecisionAnswer
from flows.winback.proposals.draft import ProposalDrafts


def register(
    app: AsyncApp, *, sessions: OfferFormSessions, drafts: ProposalDrafts, form_deadline: FormDeadline, clock: Clock
) -> None:
    """Open the form from both places, keep its cost up to date, and handle its submission."""

    async def change(body: dict[str, Any], action: dict[str, Any]) -> None:
        proposal = proposal_view.read_button(own_text(action))
        await sessions.open(body, offer_form.CHANGE, case_id=None, proposal=proposal)

    async def propose(body: dict[str, Any], action: dict[str, Any]) -> None:
        await sessions.open(body, offer_form.PROPOSE, case_id=CaseId(read_id(own_text(action))), proposal=None)

    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], respond: Respond) -> None:
        now, about = clock(), OfferFormContext.read(own_text(view, "private_metadata"))
        try:
            offer = parse_offer(view, about.currency)
            note, send_at = parse_note(view), parse_send_at(view, now=now)
            request = _request(view, by=requester(body).id) if about.proposal is None else None
        except OfferFormError as faulty:
            await reject_field(ack, faulty.field, faulty.sentence)
            return
        by = requester(body)
        if about.proposal is None:
            work = drafts.propose(
                requester=by, case_id=about.case_id, offer=offer, note=note, send_at=send_at, request=request, now=now
            )
        else:
            proposal_id, version = about.proposal
            work = drafts.change(
                requester=by, proposal_id=proposal_id, version=version, offer=offer, note=note, send_at=send_at, now=now
            )
        doing = asyncio.ensure_future(work)
        worded = asyncio.ensure_future(_worded(doing))
        if not await form_deadline.in_time(
            worded, ack=ack, respond=respond, waiting_text=texts.STILL_PRICING, timeout_text=texts.DECISION_TIMED_OUT
        ):
            return
        said, answer = await worded, await doing
        if isinstance(answer, NotEligible):
            await reject_field(ack, offer_form.KIND, f"Not possible: {rejections_text(answer.rejected)}.")
        else:
            await show_in_form(ack, said)

    app.action(proposal_view.CHANGE)(ack=acknowledge, lazy=[change])
    app.action(card_view.PROPOSE)(ack=acknowledge, lazy=[propose])
    app.action(offer_form.KIND)(ack=acknowledge, lazy=[sessions.show_kind])
    for name in offer_form.COST_FIELDS:
        app.action(name)(ack=acknowledge, lazy=[sessions.update_cost])
    app.view(offer_form.CHANGE)(submitted)
    app.view(offer_form.PROPOSE)(submitted)


def _request(view: dict[str, Any], *, by: StaffId) -> CustomerRequest | None:
    """Return what the customer asked for; the record keeps its ticket for good, so an address can't be one."""
    request = parse_request(view, by=by)
    if request is not None and not is_ticket(request.ticket):
        raise OfferFormError(offer_form.TICKET, texts.NO_TICKET)
    return request


async def _worded(doing: asyncio.Future[DecisionAnswer]) -> Message:
    return decision_message(log_failure(await doing))
