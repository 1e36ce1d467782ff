"""The Bolt app: every listener, behind the checks that apply to all of them."""

import json
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.assembly.flows import Flows
from bot.commands import portal_link, winback
from bot.listeners import channel_events, home
from bot.listeners.cancellations import case_actions, reasons, welcome
from bot.listeners.home import AskHealth
from bot.listeners.portal_links import buttons as link_buttons
from bot.listeners.portal_links import message_shortcut
from bot.listeners.winback import correct, decide, feature_launch, offer_form, offer_link, rules
from bot.listeners.winback.offer_form_session import OfferFormSessions
from bot.slack.background import BackgroundWork, ReplayGuard, new_reference
from bot.slack.client import sdk_logger
from bot.slack.directory import SlackDirectory
from bot.slack.permissions import PERMISSIONS, request_name
from bot.slack.reply import reply_to
from bot.slack.reply_deadline import FormDeadline, ReplyDeadline
from bot.slack.request import acknowledge, chose
from bot.views import modals, texts
from bot.views.blocks import message
from bot.views.button_values import UnreadableValue
from bot.views.cancellations import card as card_view
from bot.views.cancellations.card import OPEN_IN_STRIPE
from flows.failures import CALL_FAILURES
from flows.ports import Clock

BULK = timedelta(minutes=3)
"""So long may take what is done for up to twenty people at once, each checked afresh."""
Next = Callable[[], Awaitable[BoltResponse]]

log = structlog.get_logger(__name__)


def build(
    *,
    client: AsyncWebClient,
    flows: Flows,
    directory: SlackDirectory,
    announce: Callable[[Iterable[str]], None],
    health: AskHealth,
    replay_guard: ReplayGuard,
    work: BackgroundWork,
    deadline: ReplyDeadline,
    clock: Clock,
) -> AsyncApp:
    """Make the app; it verifies no signature (the HTTP route does) and doesn't call Slack by itself.

    Every request must have a row in `PERMISSIONS` and gets our own `respond`. A repeated form is dropped here; `work`
    drops every other repeat.
    """

    async def authorize(enterprise_id: str | None, user_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=directory.team_id, user_id=user_id, bot_token=client.token
        )

    logger = sdk_logger()
    logger.addFilter(_is_no_word_on_tokens)
    app = AsyncApp(
        name="winback",
        client=AsyncWebClient(base_url=client.base_url, retry_handlers=[], logger=logger),
        authorize=authorize,
        logger=logger,
        signing_secret="",  # the HTTP route checks it; never read from the environment
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
        raise_error_for_unhandled_request=True,
        # Else Bolt sleeps for 10 ms before it looks whether a listener has acknowledged (`AsyncioListenerRunner.run`).
        # So a listener acknowledges as the last thing it does; what may be slow is lazy.
        process_before_response=True,
    )
    app.listener_runner.lazy_listener_runner = work

    async def prepare(body: dict[str, Any], context: AsyncBoltContext, next: Next) -> BoltResponse | None:  # noqa: A002  # Bolt injects by this name
        if request_name(body) not in PERMISSIONS:
            log.warning("unlisted_request_refused", kind=body.get("type", "command"))
            return BoltResponse(status=404)
        context["respond"] = reply_to(body, client)
        if body.get("type") == "view_submission" and not await replay_guard.first(body):
            return BoltResponse(status=200)
        return await next()

    app.middleware(prepare)
    app.error(_say_sorry)
    channel_events.register(app, announce=announce)
    tab = home.HomeTab(
        client=client,
        directory=directory,
        approvals=flows.approvals,
        corrections=flows.corrections,
        link_delivery=flows.link_delivery,
        pause_control=flows.pause_control,
        policies=flows.policies,
        report=flows.report,
        health=health,
        clock=clock,
    )
    home.register(app, tab=tab, deadline=replace(deadline, limit=BULK))
    _register(app, client=client, flows=flows, work=work, deadline=deadline, clock=clock)
    return app


def _is_no_word_on_tokens(record: logging.LogRecord) -> bool:
    """Drop Bolt's warning that it won't use SLACK_BOT_TOKEN, which it takes from the environment unasked."""
    return record.getMessage() != warning_client_prioritized_and_token_skipped()


def _register(
    app: AsyncApp, *, client: AsyncWebClient, flows: Flows, work: BackgroundWork, deadline: ReplyDeadline, clock: Clock
) -> None:
    links = flows.customer_lookup
    form_deadline = FormDeadline(work=work, deadline=deadline)
    portal_link.register(app, links=links, deadline=deadline, clock=clock)
    message_shortcut.register(app, client=client, links=links, form_deadline=form_deadline, clock=clock)
    link_buttons.register(app, links=links, delivery=flows.link_delivery, deadline=deadline, clock=clock)
    app.action(OPEN_IN_STRIPE)(acknowledge)  # Slack sends the click on a link as well ("Button element")
    app.action(card_view.MORE, matchers=[chose(OPEN_IN_STRIPE)])(acknowledge)
    welcome.register(app, welcome=flows.welcome, clock=clock)
    case_actions.register(app, client=client, actions=flows.case_actions, clock=clock)
    reasons.register(app, client=client, reasons=flows.case_reasons, clock=clock)
    subcommands = winback.Subcommands(
        approvals=flows.approvals,
        report=flows.report,
        digests=flows.digests,
        profiles=flows.profiles,
        feature_launch=flows.feature_launch,
        rule_approvals=flows.rule_approvals,
        pause_control=flows.pause_control,
    )
    winback.register(app, subcommands=subcommands, deadline=deadline, clock=clock)
    decide.register(app, client=client, approvals=flows.approvals, deadline=deadline, clock=clock)
    sessions = OfferFormSessions(client, flows.drafts, clock)
    offer_form.register(app, sessions=sessions, drafts=flows.drafts, form_deadline=form_deadline, clock=clock)
    decide.register_email_question(app, mail=flows.offers.mail if flows.offers else None, clock=clock)
    correct.register(
        app,
        client=client,
        corrections=flows.corrections,
        pause_control=flows.pause_control,
        form_deadline=form_deadline,
        clock=clock,
    )
    offer_link.register(app, links=flows.offer_links, deadline=deadline, clock=clock)
    rules.register(app, client=client, standing=flows.rule_approvals, clock=clock)
    feature_launch.register(app, shipping=flows.feature_launch, deadline=replace(deadline, limit=BULK), clock=clock)


async def _say_sorry(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Answer for a listener that failed before it acknowledged; a submitted form shows the sentence."""
    if isinstance(error, BoltUnhandledRequestError):
        log.warning("request_without_listener", kind=body.get("type", "command"))
        return BoltResponse(status=404)
    reference = new_reference()
    if isinstance(error, CALL_FAILURES):
        log.warning("listener_failed", reference=reference, why=error.why)
        answer = texts.unavailable_message(reference)
    elif isinstance(error, UnreadableValue):
        log.warning("unreadable_value", reference=reference)
        answer = message(texts.UNREADABLE_VALUE)
    else:
        log.error("listener_crashed", reference=reference, exc_info=error)
        answer = texts.unexpected_error_message(reference)
    if body.get("type") != "view_submission":
        return BoltResponse(status=500)
    shown = {"response_action": "update", "view": modals.result_modal(answer)}
    return BoltResponse(status=200, body=json.dumps(shown), headers={"content-type": ["application/json"]})
