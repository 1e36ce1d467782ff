"""How long a person waits for a reply while Stripe is asked."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta

from bot.slack.reply import Respond
from bot.views import texts
from bot.views.blocks import Message, message


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
