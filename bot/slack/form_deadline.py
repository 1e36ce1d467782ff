"""How long a submitted form waits for its answer: Slack waits three seconds, the work may take longer."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from slack_bolt.async_app import AsyncAck

from bot.slack.background import BackgroundWork
from bot.slack.reply import Respond, show_in_form
from bot.slack.reply_deadline import ReplyDeadline
from bot.views.blocks import Message, message

UPDATE_DELAY = timedelta(milliseconds=500)
"""Slack shows the acknowledgement's view when it arrives; an update sent at once could overtake it and be lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormDeadline:
    """Acknowledges a form in time, and has `work` finish what takes longer."""

    work: BackgroundWork
    deadline: ReplyDeadline

    async def in_time(
        self, task: asyncio.Future[Message], *, ack: AsyncAck, respond: Respond, waiting_text: str, timeout_text: str
    ) -> bool:
        """Return True when the answer came in time: the caller acknowledges.

        False: the form was acknowledged with `waiting_text`, and the answer follows.
        """
        done, _ = await asyncio.wait({task}, timeout=self.deadline.wait.total_seconds())
        if done:
            return True
        self.work.finish(self._answer_late(task, respond, timeout_text), respond)
        await show_in_form(ack, message(waiting_text))
        return False

    async def _answer_late(self, task: asyncio.Future[Message], respond: Respond, timeout_text: str) -> None:
        await asyncio.sleep(UPDATE_DELAY.total_seconds())
        await self.deadline.answer_late(respond, task, timeout_text=timeout_text)
