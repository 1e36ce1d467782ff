"""A submitted form whose work may take longer than Slack waits: then it says so, and the answer follows."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from slack_bolt.async_app import AsyncAck

from bot.slack.background import BackgroundWork
from bot.slack.reply import Respond
from bot.slack.reply_deadline import ReplyDeadline
from bot.views import modals
from bot.views.blocks import Message, message

UPDATE_DELAY = timedelta(milliseconds=500)
"""Slack shows an acknowledgement's view when that arrives: an update sent at once could overtake it and be lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormDeadline:
    """How long a submitted form waits, and who finishes what takes longer."""

    work: BackgroundWork
    deadline: ReplyDeadline

    async def in_time(
        self, looking: asyncio.Future[Message], *, ack: AsyncAck, respond: Respond, event: str, timeout_text: str
    ) -> bool:
        """Wait for the answer as long as a form can; False: it took longer, which was said, and it is finished later.

        True leaves the acknowledgement to the caller.
        """
        done, _ = await asyncio.wait({looking}, timeout=self.deadline.event.total_seconds())
        if done:
            return True
        self.work.go_on(self._finish(looking, respond, timeout_text), respond)
        await ack(response_action="update", view=modals.result_modal(message(event)))
        return False

    async def _finish(self, looking: asyncio.Future[Message], respond: Respond, timeout_text: str) -> None:
        await asyncio.sleep(UPDATE_DELAY.total_seconds())
        await self.deadline.last_answer(respond, looking, timeout_text=timeout_text)
