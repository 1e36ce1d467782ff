"""A channel in which the bot may not post for a while, as somebody in Slack may leave it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandbox.server import Sandbox
from sandbox.slack.channels import Kind
from sandbox.slack.seed import BOT, OTHER_TEAM


@asynccontextmanager
async def without_the_bot(sandbox: Sandbox, *, channel: str) -> AsyncIterator[None]:
    await sandbox.slack.kick(BOT, channel)
    yield
    await sandbox.slack.invite(BOT, channel)


@asynccontextmanager
async def archived(sandbox: Sandbox, *, channel: str) -> AsyncIterator[None]:
    await sandbox.slack.archive(channel)
    yield
    await sandbox.slack.unarchive(channel)


@asynccontextmanager
async def public(sandbox: Sandbox, *, channel: str) -> AsyncIterator[None]:
    sandbox.slack.channels[channel].kind = Kind.PUBLIC
    yield
    sandbox.slack.channels[channel].kind = Kind.PRIVATE


@asynccontextmanager
async def shared(sandbox: Sandbox, *, channel: str) -> AsyncIterator[None]:
    await sandbox.slack.share_channel(channel, OTHER_TEAM)
    yield
    await sandbox.slack.unshare_channel(channel, OTHER_TEAM)
