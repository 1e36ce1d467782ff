"""How a click or a command is answered: privately, on its `response_url`, or in a modal."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import structlog
from aiohttp import ClientError
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.client import webhook
from bot.slack.errors import ask, classify
from bot.views import modals
from bot.views.blocks import Message
from bot.views.charts import as_tables, has_charts
from flows.failures import CALL_FAILURES

MAX_REPLIES = 5  # Slack: "Handling user interaction": a response_url can be used five times within 30 minutes.
REFUSED_BLOCKS = "invalid_blocks"
_OK = 200
_CODE = re.compile(r"[a-z_]{3,60}")

log = structlog.get_logger(__name__)


class Respond(Protocol):
    """Replaces Bolt's own `respond`, whose retry can't be switched off."""

    async def __call__(self, message: Message, *, replace: bool | None = None) -> None:
        """Show a message to the requester only.

        `replace` True replaces the message that was clicked; None does so if only the requester sees that message. A
        reply that can't be delivered is logged without its content.
        """


@dataclass(slots=True)
class ResponseUrlReply:
    """Replies on a `response_url`, five times at most, without unfurling: Slack would fetch a link that it unfurls."""

    url: str
    private: bool  # only the requester sees the clicked message
    replies: int = 0

    async def __call__(self, message: Message, *, replace: bool | None = None) -> None:
        """Post the message; a workspace that has no charts yet gets tables instead."""
        if self.replies == MAX_REPLIES:
            log.error("reply_dropped", why="the response_url is used up")
            return
        refusal = await self._send(message, replace=replace)
        if refusal is not None and REFUSED_BLOCKS in refusal and has_charts(message["blocks"]):
            tables: Message = {"text": message["text"], "blocks": as_tables(message["blocks"])}
            refusal = await self._send(tables, replace=replace)
        if refusal is not None:
            log.warning("reply_refused", why=refusal)

    async def _send(self, message: Message, *, replace: bool | None) -> str | None:
        """Post once; returns Slack's error code if it refused."""
        self.replies += 1
        body: dict[str, Any] = {
            **message,
            "response_type": "ephemeral",
            "replace_original": self.private if replace is None else replace,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        try:
            answer = await webhook(self.url).send_dict(body)
        except (SlackClientError, ClientError, OSError) as error:
            log.warning("reply_lost", why=classify(error).why)
            return None
        return None if answer.status_code == _OK else _code(answer.body)


@dataclass(frozen=True, slots=True)
class ModalReply:
    """Replies in a modal, by `views.update` or `views.open`; a later reply takes the place of the one before."""

    show: Callable[..., Awaitable[AsyncSlackResponse]]

    async def __call__(self, message: Message, *, replace: bool | None = None) -> None:
        """Show the message in the modal."""
        try:
            await ask(self.show(view=modals.result_modal(message)))
        except CALL_FAILURES as failure:
            log.warning("reply_lost", why=failure.why)


def _code(body: str) -> str:
    """Return Slack's error code from a refusal, whose other words may repeat the message."""
    found = next((code for code in _CODE.findall(body) if "_" in code), None)
    return found or "unknown"


def reply_to(body: dict[str, Any], client: AsyncWebClient) -> Respond | None:
    """Return the way to answer a request; None if nobody waits for an answer, as for events.

    On the home tab there is no message to answer under, so a modal opens; Slack allows that for three seconds.
    """
    if url := body.get("response_url"):
        return ResponseUrlReply(url=url, private=bool(body.get("container", {}).get("is_ephemeral")))
    view = body.get("view") or {}
    if view.get("type") == "modal":
        return ModalReply(partial(client.views_update, view_id=view["id"]))
    if trigger_id := body.get("trigger_id"):
        return ModalReply(partial(client.views_open, trigger_id=trigger_id))
    return None


async def open_modal(client: AsyncWebClient, body: dict[str, Any], view: modals.View) -> str:
    """Open a modal for a click, within three seconds of it, and return the modal's id."""
    opened = await ask(client.views_open(trigger_id=body["trigger_id"], view=view))
    return str(opened["view"]["id"])


async def show_in_form(ack: AsyncAck, message: Message) -> None:
    """Acknowledge a submitted form with a message in its place."""
    await ack(response_action="update", view=modals.result_modal(message))


async def reject_field(ack: AsyncAck, field: str, sentence: str) -> None:
    """Acknowledge a submitted form with a fault beside a field; the form stays open."""
    await ack(response_action="errors", errors={field: sentence})
