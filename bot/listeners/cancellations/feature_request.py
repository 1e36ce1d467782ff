"""*Asked for…*: notes on a card which feature the customer missed."""

from typing import Any
from uuid import UUID

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.reply import open_modal, reject_field, show_in_form
from bot.slack.request import acknowledge, chose, menu_case, requester
from bot.views import modals, texts
from bot.views.cancellations import card as card_view
from bot.views.cancellations.confirmations import confirmation_message
from domain.ids import CaseId
from flows.cancellations.case_actions import CaseActions, Done
from flows.ports import Clock
from wording.sanitize import one_line


def register(app: AsyncApp, *, client: AsyncWebClient, actions: CaseActions, clock: Clock) -> None:
    """Open the form, and note the feature."""

    async def work(body: dict[str, Any], action: dict[str, Any]) -> None:
        await open_modal(client, body, modals.feature_request_form(menu_case(action)))

    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        feature = one_line(modals.typed_value(view, modals.FEATURE))
        if not feature:
            await reject_field(ack, modals.FEATURE, texts.NO_FEATURE)
            return
        case_id = CaseId(UUID(view["private_metadata"]))
        answer = await actions.tag_feature(requester=requester(body), case_id=case_id, feature=feature, now=clock())
        if isinstance(answer, Done):
            await ack()
        else:
            await show_in_form(ack, confirmation_message(answer, done=""))

    app.action(card_view.MORE, matchers=[chose(card_view.FEATURE_REQUEST)])(ack=acknowledge, lazy=[work])
    app.view(modals.FEATURE_REQUEST)(submitted)
