"""Who reads the channels that the bot posts into: asked of Slack before a post, at most once a minute."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.channel_state import channel_faults
from bot.slack.errors import ask
from domain.ids import ChannelId
from flows.failures import Refused, Unavailable, Unclear
from flows.ports import Clock

CHECKED_FOR = timedelta(seconds=60)


@dataclass(slots=True)
class Audience:
    """Refuses what must not be read in a channel, and tells `learn` of each channel whether it is private."""

    client: AsyncWebClient
    private: ChannelId | None
    wall: Clock
    learn: Callable[[ChannelId, bool], None]
    _checked_at: dict[str, datetime] = field(default_factory=dict)

    async def check(self, channel: ChannelId) -> None:
        """Raise Refused(fault="destination") if nothing may be posted into a channel, or Unavailable."""
        if channel.startswith("D"):
            return
        known = self._checked_at
        checked_at = known.get(channel)
        if checked_at is not None and self.wall() - checked_at < CHECKED_FOR:
            return
        asked_at = self.wall()
        try:
            told = await ask(self.client.conversations_info(channel=channel))
        except Unclear as unclear:
            raise Unavailable(unclear.why) from unclear  # a read has no effect
        found = told.get("channel", {})
        for fault in channel_faults(found, must_be_private=channel == self.private):
            if fault.code:
                raise Refused(fault.why, fault="destination", code=fault.code)
        known[channel] = asked_at
        self.learn(channel, bool(found.get("is_private")))

    def forget(self) -> None:
        """Ask again before the next post: Slack reported a change."""
        self._checked_at = {}  # a pending call writes into the old one: its answer may be outdated
