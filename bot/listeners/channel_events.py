"""Slack's events about channels and groups: each clears a cache, in every process."""

from collections.abc import Callable, Iterable

from slack_bolt.async_app import AsyncApp

from bot.slack.request import acknowledge

SHARING = "sharing"
PEOPLE = "people"


def register(app: AsyncApp, *, announce: Callable[[Iterable[str]], None]) -> None:
    """Announce `SHARING` or `PEOPLE`, by which caches are cleared; we trust nothing in the events themselves."""

    async def forget_sharing() -> None:
        announce([SHARING])

    async def forget_people() -> None:
        announce([PEOPLE])

    for event in ("channel_shared", "channel_unshared"):
        app.event(event)(ack=acknowledge, lazy=[forget_sharing])
    for event in ("subteam_members_changed", "subteam_updated"):
        app.event(event)(ack=acknowledge, lazy=[forget_people])
