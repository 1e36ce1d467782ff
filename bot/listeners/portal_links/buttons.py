"""The buttons of portal links: look a customer up, choose among several, deliver the link."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.background import log_failure
from bot.slack.reply import Respond
from bot.slack.reply_deadline import ReplyDeadline
from bot.slack.request import acknowledge, requester
from bot.views import texts
from bot.views.blocks import Message
from bot.views.button_values import own_text, read_id
from bot.views.cancellations import card as card_view
from bot.views.portal_links import choices, lookup_notice
from bot.views.portal_links import lookup as lookup_view
from domain.ids import CaseId
from flows.portal_links.deliver import LinkDelivery
from flows.portal_links.look_up import CustomerLookup
from flows.portal_links.lookup_limits import LookupLimits
from flows.ports import Clock


def register(
    app: AsyncApp, *, links: CustomerLookup, delivery: LinkDelivery, deadline: ReplyDeadline, clock: Clock
) -> None:
    """Listen to all of them."""
    _register_look_up(app, links=links, deadline=deadline, clock=clock)
    _register_more(app, limits=links.lookups, clock=clock)
    _register_delivery(app, delivery=delivery, deadline=deadline, clock=clock)


def _register_look_up(app: AsyncApp, *, links: CustomerLookup, deadline: ReplyDeadline, clock: Clock) -> None:
    """Answer a card's button beside the card, and a choice in the place of the question."""

    async def open_for_case(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        async def look_up() -> Message:
            now, case_id = clock(), CaseId(read_id(own_text(action)))
            found = await links.open_for_case(requester=requester(body), case_id=case_id, now=now)
            return lookup_view.lookup_message(log_failure(found), now=now)

        await deadline.answer(respond, look_up(), timeout_text=texts.LOOKUP_TIMED_OUT)

    async def choose(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        async def look_up() -> Message:
            now, target = clock(), choices.read_button(own_text(action))
            found = await links.choose(requester=requester(body), target=target, now=now)
            return lookup_view.lookup_message(log_failure(found), now=now)

        await deadline.answer(respond, look_up(), timeout_text=texts.LOOKUP_TIMED_OUT)

    app.action(card_view.PORTAL_LINK)(ack=acknowledge, lazy=[open_for_case])
    for question in (choices.PICK_CUSTOMER, choices.PICK_SUBSCRIPTION, choices.CONFIRM_SPELLING):
        app.action(question)(ack=acknowledge, lazy=[choose])


def _register_more(app: AsyncApp, *, limits: LookupLimits, clock: Clock) -> None:
    """Answer *Add 50 for today* privately; the notice stays, as others may read it."""

    async def add(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        agent = lookup_notice.read_agent(own_text(action))
        answer = await limits.add_for_today(requester=requester(body), staff_id=agent, now=clock())
        await respond(lookup_notice.lookups_added_message(log_failure(answer)), replace=False)

    app.action(lookup_notice.ADD)(ack=acknowledge, lazy=[add])


def _register_delivery(app: AsyncApp, *, delivery: LinkDelivery, deadline: ReplyDeadline, clock: Clock) -> None:
    """Answer *Email it* and *Show the link…* in the place of the question, so that its buttons are pressed once."""
    ways = {lookup_view.EMAIL: delivery.mail, lookup_view.SHOW: delivery.show}

    async def work(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        async def deliver() -> Message:
            now, target = clock(), choices.read_button(own_text(action))
            delivered = await ways[action["action_id"]](requester=requester(body), target=target, now=now)
            return lookup_view.delivery_message(log_failure(delivered), now=now)

        await deadline.answer(respond, deliver(), timeout_text=texts.LOOKUP_TIMED_OUT)

    for way in ways:
        app.action(way)(ack=acknowledge, lazy=[work])
