"""Slack's events about channels and groups: each clears a cache."""

from slack_bolt.async_app import AsyncApp

from bot.slack.directory import SlackDirectory
from bot.slack.poster import Poster
from bot.slack.request import acknowledge


def register(app: AsyncApp, *, poster: Poster, directory: SlackDirectory) -> None:
    """Clear the caches; we trust nothing in the events themselves."""

    async def forget_sharing() -> None:
        poster.forget_sharing()

    async def forget_people() -> None:
        directory.forget()

    for event in ("channel_shared", "channel_unshared"):
        app.event(event)(ack=acknowledge, lazy=[forget_sharing])
    for event in ("subteam_members_changed", "subteam_updated"):
        app.event(event)(ack=acknowledge, lazy=[forget_people])
