"""How long a person waits for a reply while Stripe is asked; a submitted form must be acknowledged within 3 s."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta

from slack_bolt.async_app import AsyncAck

from bot.slack.background import BackgroundWork
from bot.slack.reply import Respond, show_in_form
from bot.views import texts
from bot.views.blocks import Message, message

UPDATE_DELAY = timedelta(milliseconds=500)
"""Slack shows the acknowledgement's view when it arrives; an update sent at once could overtake it and be lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDeadline:
    """After `wait` we say that it takes longer; after `limit` we stop the work and say so."""

    wait: timedelta
    limit: timedelta

    async def answer(
        self, respond: Respond, work: Awaitable[Message], *, timeout_text: str, waiting_text: str = texts.STILL_LOOKING
    ) -> None:
        """Reply in time with what the work returns; raises what the work raises.

        `waiting_text` is the reply after `wait`: work that doesn't ask Stripe must not blame it. `timeout_text` is the
        reply after `limit`: it says what may have been done.
        """
        task = asyncio.ensure_future(work)
        try:
            await respond(await _within(self.limit, self._announced(task, respond, waiting_text), timeout_text))
        finally:
            task.cancel()

    async def answer_late(self, respond: Respond, task: asyncio.Future[Message], *, timeout_text: str) -> None:
        """Reply after `wait` has passed and we have said so."""
        await respond(await _within(self.limit - self.wait, task, timeout_text))

    async def _announced(self, task: asyncio.Future[Message], respond: Respond, waiting_text: str) -> Message:
        done, _ = await asyncio.wait({task}, timeout=self.wait.total_seconds())
        if not done:
            await respond(message(waiting_text))
        return await task


async def _within(length: timedelta, work: Awaitable[Message], timeout_text: str) -> Message:
    try:
        async with asyncio.timeout(length.total_seconds()) as limit:
            return await work
    except TimeoutError:
        if not limit.expired():
            raise
        return message(timeout_text)


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
