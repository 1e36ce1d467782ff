"""The buttons of a card and the menu of a batch: who talks to the customer, what they missed, whom never to contact."""

from typing import Any, cast

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.reply import Respond, open_modal, reject_field, show_in_form
from bot.slack.request import acknowledge, chose, chosen_option, menu_case, requester
from bot.views import modals, texts
from bot.views.button_values import own_text, read_id
from bot.views.cancellations import card as card_view
from bot.views.cancellations.batch import OPEN_CASE
from bot.views.cancellations.follow_up_question import ANSWERS, PREFIX, confirmation_message, follow_up_answer
from bot.views.winback import proposal as proposal_view
from domain.cancellations.stored_case import FollowUp
from domain.ids import CaseId
from flows.cancellations.case_actions import CaseActions, Done
from flows.ports import Clock
from wording.sanitize import one_line


def register(app: AsyncApp, *, client: AsyncWebClient, actions: CaseActions, clock: Clock) -> None:
    """Listen to all buttons of a card that act on its case, and to their forms."""
    _register_ownership(app, actions=actions, clock=clock)
    _register_feature_request(app, client=client, actions=actions, clock=clock)
    _register_suppression(app, client=client, actions=actions, clock=clock)


def _register_ownership(app: AsyncApp, *, actions: CaseActions, clock: Clock) -> None:
    """Answer privately, and the question in its place; the card changes later, by an effect of its own."""

    async def talk(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        answer = await actions.talk(requester=requester(body), case_id=menu_case(action), now=clock())
        await respond(confirmation_message(answer, done=texts.TALKING))

    async def hand_back(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        answer = await actions.hand_back(requester=requester(body), case_id=menu_case(action), now=clock())
        await respond(confirmation_message(answer, done=texts.HANDED_BACK))

    async def follow_up(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        said = cast("FollowUp", action["action_id"].removeprefix(PREFIX))
        case_id = CaseId(read_id(own_text(action)))
        answer = await actions.follow_up(requester=requester(body), case_id=case_id, answer=said, now=clock())
        if isinstance(answer, Done):
            await respond(follow_up_answer(said), replace=True)
        else:
            await respond(confirmation_message(answer, done=""), replace=False)

    async def open_case(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        case_id = CaseId(read_id(chosen_option(action)))
        answer = await actions.open_card(requester=requester(body), case_id=case_id, now=clock())
        await respond(confirmation_message(answer, done=texts.CARD_COMES))

    app.action(OPEN_CASE)(ack=acknowledge, lazy=[open_case])
    app.action(card_view.MORE, matchers=[chose(card_view.TALK)])(ack=acknowledge, lazy=[talk])
    app.action(card_view.MORE, matchers=[chose(card_view.HAND_BACK)])(ack=acknowledge, lazy=[hand_back])
    for said in ANSWERS:
        app.action(PREFIX + said)(ack=acknowledge, lazy=[follow_up])


def _register_feature_request(app: AsyncApp, *, client: AsyncWebClient, actions: CaseActions, clock: Clock) -> None:
    """Open the form, and record the feature."""

    async def work(body: dict[str, Any], action: dict[str, Any]) -> None:
        await open_modal(client, body, modals.feature_request_form(menu_case(action)))

    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        feature = one_line(modals.typed_value(view, modals.FEATURE))
        if not feature:
            await reject_field(ack, modals.FEATURE, texts.NO_FEATURE)
            return
        case_id = CaseId(read_id(own_text(view, "private_metadata")))
        answer = await actions.tag_feature(requester=requester(body), case_id=case_id, feature=feature, now=clock())
        if isinstance(answer, Done):
            await ack()
        else:
            await show_in_form(ack, confirmation_message(answer, done=""))

    app.action(card_view.MORE, matchers=[chose(card_view.FEATURE_REQUEST)])(ack=acknowledge, lazy=[work])
    app.view(modals.FEATURE_REQUEST)(submitted)


def _register_suppression(app: AsyncApp, *, client: AsyncWebClient, actions: CaseActions, clock: Clock) -> None:
    """Open the modals, from a card's or a proposal's menu, and do what they confirm."""

    async def open_never_contact(body: dict[str, Any], action: dict[str, Any]) -> None:
        await open_modal(client, body, modals.never_contact_form(menu_case(action)))

    async def never_contact(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        case_id = CaseId(read_id(own_text(view, "private_metadata")))
        answer = await actions.never_contact(requester=requester(body), case_id=case_id, now=clock())
        await show_in_form(ack, confirmation_message(answer, done=texts.NEVER_CONTACTED))

    async def open_contact_again(body: dict[str, Any], action: dict[str, Any]) -> None:
        await open_modal(client, body, modals.contact_again_form(menu_case(action)))

    async def contact_again(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        case_id = CaseId(read_id(own_text(view, "private_metadata")))
        why = modals.chosen_value(view, modals.WHY, texts.CONTACT_AGAIN_REASONS)
        answer = await actions.contact_again(requester=requester(body), case_id=case_id, why=why, now=clock())
        await show_in_form(ack, confirmation_message(answer, done=texts.CONTACTED_AGAIN))

    never, again = chose(card_view.NEVER_CONTACT), chose(card_view.CONTACT_AGAIN)
    app.action(card_view.MORE, matchers=[never])(ack=acknowledge, lazy=[open_never_contact])
    app.action(proposal_view.MORE, matchers=[never])(ack=acknowledge, lazy=[open_never_contact])
    app.view(modals.NEVER_CONTACT)(never_contact)
    app.action(card_view.MORE, matchers=[again])(ack=acknowledge, lazy=[open_contact_again])
    app.view(modals.CONTACT_AGAIN)(contact_again)
