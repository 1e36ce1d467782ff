"""How long an agent is left without a word while Stripe is asked."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta

from bot.slack.reply import Respond
from bot.views import texts
from bot.views.blocks import Message, message


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDeadline:
    """After `event` a sentence says that it takes longer; after `limit` the work is stopped, with a last sentence."""

    event: timedelta
    limit: timedelta

    async def answer(self, respond: Respond, work: Awaitable[Message], *, timeout_text: str) -> None:
        """Answer with what the work yields, in time in every case; what the work raises goes on to the caller.

        `timeout_text` is the sentence for when it took too long: it says what may have been done.
        """
        looking = asyncio.ensure_future(work)
        try:
            await respond(await _within(self.limit, self._with_notice(looking, respond), timeout_text))
        finally:
            looking.cancel()

    async def last_answer(self, respond: Respond, looking: asyncio.Future[Message], *, timeout_text: str) -> None:
        """Answer what was remarked upon before."""
        await respond(await _within(self.limit - self.event, looking, timeout_text))

    async def _with_notice(self, looking: asyncio.Future[Message], respond: Respond) -> Message:
        done, _ = await asyncio.wait({looking}, timeout=self.event.total_seconds())
        if not done:
            await respond(message(texts.STILL_LOOKING))
        return await looking


async def _within(length: timedelta, work: Awaitable[Message], timeout_text: str) -> Message:
    try:
        async with asyncio.timeout(length.total_seconds()) as limit:
            return await work
    except TimeoutError:
        if not limit.expired():
            raise
        return message(timeout_text)
