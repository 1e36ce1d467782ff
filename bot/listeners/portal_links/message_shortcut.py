"""The message shortcut *Portal link…*: `/portal-link` for threads, where Slack has no commands."""

import asyncio
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.background import log_failure
from bot.slack.errors import ask
from bot.slack.portal_link_parser import InvalidRequest, UsageRequest, first_address, is_ticket, parse
from bot.slack.reply import Respond, reject_field, show_in_form
from bot.slack.reply_deadline import FormDeadline
from bot.slack.request import acknowledge, requester
from bot.views import modals, texts
from bot.views.blocks import Message
from bot.views.button_values import own_value
from bot.views.portal_links import lookup as lookup_view
from domain.billing.portal_access import Purpose
from flows.portal_links.answers import Request
from flows.portal_links.look_up import CustomerLookup
from flows.ports import Clock


def register(
    app: AsyncApp, *, client: AsyncWebClient, links: CustomerLookup, form_deadline: FormDeadline, clock: Clock
) -> None:
    """Open the form, look up the customer, and answer in the modal."""

    async def open_form(shortcut: dict[str, Any]) -> None:
        form = modals.portal_link_form(who=first_address(shortcut["message"].get("text") or ""))
        await ask(client.views_open(trigger_id=shortcut["trigger_id"], view=form))

    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], respond: Respond) -> None:
        request = _request(view)
        if isinstance(request, InvalidRequest):
            await reject_field(ack, modals.WHO, request.sentence)
            return
        if request.ticket and not is_ticket(request.ticket):
            await reject_field(ack, modals.TICKET, texts.NO_TICKET)
            return

        async def look_up() -> Message:
            now = clock()
            found = await links.open(requester=requester(body), request=request, now=now)
            return lookup_view.lookup_message(log_failure(found), now=now)

        looking = asyncio.ensure_future(look_up())
        if await form_deadline.in_time(
            looking, ack=ack, respond=respond, waiting_text=texts.STILL_LOOKING, timeout_text=texts.LOOKUP_TIMED_OUT
        ):
            await show_in_form(ack, await looking)

    app.shortcut(modals.PORTAL_LINK)(ack=acknowledge, lazy=[open_form])
    app.view(modals.PORTAL_LINK)(submitted)


def _request(view: dict[str, Any]) -> Request | InvalidRequest:
    who, ticket = modals.typed_value(view, modals.WHO), modals.typed_value(view, modals.TICKET)
    request = parse(who)
    if isinstance(request, UsageRequest):
        return InvalidRequest(texts.NOBODY_NAMED)
    if isinstance(request, InvalidRequest):
        return request
    with own_value():
        purpose = Purpose(modals.typed_value(view, modals.PURPOSE))
    return replace(request, purpose=purpose, ticket=ticket.strip().removeprefix("#") or request.ticket)
