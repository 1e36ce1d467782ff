"""A look at the channels that the bot posts into, so that a closed one is told of before anything is to go there."""

from dataclasses import dataclass
from datetime import datetime

from flows.effects import AlertChannel
from flows.ports.context import Context


@dataclass(frozen=True, slots=True)
class ChannelWatch:
    """Looks now and then, also while nothing is posted."""

    context: Context

    async def look(self, now: datetime) -> None:
        """Alert once a day about each channel that can't be posted into; raises Unavailable if Slack doesn't say."""
        faulty = await self.context.chat.channel_faults()
        if not faulty:
            return
        async with self.context.store.begin() as unit:
            for channel in faulty:
                for to in self.context.settings.alarms:
                    key = f"channel:{channel}:{now:%Y-%m-%d}:{to}"
                    await unit.outbox.add(AlertChannel(channel, to), key=key, due_at=now)
            await unit.commit()
