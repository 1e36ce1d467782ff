"""How a click or a command is answered: privately, on its `response_url`, or in the modal it came from."""

import re
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from aiohttp import ClientError
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client import webhook
from bot.slack.errors import ask, classify
from bot.views import modals
from bot.views.blocks import Message
from bot.views.charts import as_tables, has_charts
from flows.failures import CALL_FAILURES

MOST_ANSWERS = 5  # Slack: "Handling user interaction": a response_url can be used five times within 30 minutes.
REFUSED_BLOCKS = "invalid_blocks"
_OK = 200
_CODE = re.compile(r"[a-z_]{3,60}")

log = structlog.get_logger(__name__)


class Respond(Protocol):
    """Ours in place of Bolt's own, whose retry cannot be switched off."""

    async def __call__(self, message: Message, *, replace: bool | None = None) -> None:
        """Show a message to whoever asked, and to nobody else.

        `replace` True puts it in place of the message that was clicked; None does so where only the asker sees that
        one. An answer that cannot be delivered is logged without its content: there is nobody else to tell.
        """


@dataclass(slots=True)
class ResponseUrlReply:
    """Answers on a `response_url`, five times at most, without unfurling: Slack would fetch a link it unfurls."""

    url: str
    private: bool  # the clicked message is seen by the asker only
    answers: int = 0

    async def __call__(self, message: Message, *, replace: bool | None = None) -> None:
        """Post to the address; where the workspace has no charts yet, tables take their place."""
        if self.answers == MOST_ANSWERS:
            log.error("answer_dropped", why="the response_url is used up")
            return
        sent = await self._send(message, replace=replace)
        if sent is not None and REFUSED_BLOCKS in sent and has_charts(message["blocks"]):
            tables: Message = {"text": message["text"], "blocks": as_tables(message["blocks"])}
            sent = await self._send(tables, replace=replace)
        if sent is not None:
            log.warning("answer_refused", why=sent)

    async def _send(self, message: Message, *, replace: bool | None) -> str | None:
        """Post once; returns Slack's word where it refused, None otherwise."""
        self.answers += 1
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
            log.warning("answer_lost", why=classify(error).why)
            return None
        return None if answer.status_code == _OK else _code(answer.body)


@dataclass(slots=True)
class InModal:
    """Answers in the modal that was clicked; each answer takes the place of the one before."""

    client: AsyncWebClient
    view_id: str

    async def __call__(self, message: Message, *, replace: bool | None = None) -> None:
        """Update the modal."""
        try:
            await ask(self.client.views_update(view_id=self.view_id, view=modals.result_modal(message)))
        except CALL_FAILURES as failure:
            log.warning("answer_lost", why=failure.why)


@dataclass(slots=True)
class InNewModal:
    """Answers where there is no message to answer under, as on the home tab: opens a modal, within three seconds."""

    client: AsyncWebClient
    trigger_id: str

    async def __call__(self, message: Message, *, replace: bool | None = None) -> None:
        """Open a modal."""
        try:
            await ask(self.client.views_open(trigger_id=self.trigger_id, view=modals.result_modal(message)))
        except CALL_FAILURES as failure:
            log.warning("answer_lost", why=failure.why)


def _code(body: str) -> str:
    """Find Slack's error code in a refusal, whose other words may hold some of the message."""
    found = next((code for code in _CODE.findall(body) if "_" in code), None)
    return found or "unknown"


def reply_to(body: dict[str, Any], client: AsyncWebClient) -> Respond | None:
    """Choose the way to answer an interaction; None for what nobody waits for, as events."""
    if url := body.get("response_url"):
        return ResponseUrlReply(url=url, private=bool(body.get("container", {}).get("is_ephemeral")))
    view = body.get("view") or {}
    if view.get("type") == "modal":
        return InModal(client=client, view_id=view["id"])
    if trigger_id := body.get("trigger_id"):
        return InNewModal(client=client, trigger_id=trigger_id)
    return None
