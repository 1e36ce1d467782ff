"""A sandbox with the bot beside it for whole stories, and what a story does with them."""

import asyncio
import itertools
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2

from bot.slack.manifest import manifest
from sandbox.bot_process import BotProcess
from sandbox.bot_settings import environment_for
from sandbox.seed.catalog import seed_catalog
from sandbox.server import Sandbox
from sandbox.slack.messages import Message
from sandbox.slack.seed import CANCELLATIONS, seed_slack
from storage.database import migrate
from tests.command_line import Said, winback
from tests.databases import greet
from tests.nursery import begin_bot
from tests.sandboxes import running

Json = dict[str, Any]
PATIENCE = 60.0
"""Seconds after which a story that does not go on has failed."""
PORTS = itertools.count(
    int(os.environ.get("FIRST_PORT", "20000")) + 1000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]), 2
)
"""Two ports for each world, which stay its own while its bot is dead: the system hands out higher ones by itself."""


class World:
    """The sandbox, the bot and where it keeps things."""

    def __init__(self, sandbox: Sandbox, bot: BotProcess, environment: dict[str, str], directory: Path) -> None:
        self.sandbox = sandbox
        self.bot = bot
        self.environment = environment
        self.log = directory / "bot.log"
        self._operator = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{environment['ADMIN_PORT']}",
            timeout=PATIENCE,
            trust_env=False,
            limits=httpx2.Limits(max_keepalive_connections=0),  # a bot that was killed takes its connections along
        )

    # What happens

    def customer(self, name: str = "Dana Scully", **details: Any) -> Json:
        """Make a customer with a card."""
        details = {"email": "dana@scully-mail.com"} | details
        return self.sandbox.stripe.create_customer(name=name, **details)

    async def kill(self) -> None:
        """Kill the bot with SIGKILL and see that it died of it."""
        self.bot.kill()
        assert await self.bot.ended() == -9

    async def types(self, *words: str, **changed: str) -> Said:
        """Run `winback …` beside the bot, with its settings but for what is changed, and on its clock."""
        clock_file, environment = str(self.log.parent / "clock"), self.environment | changed
        return await winback(
            clock_file, *words, environment=environment, directory=self.log.parent, module="bot.cli.in_sandbox"
        )

    def pass_time(self, **span: float) -> None:
        """Move the sandbox's clock, and with it the bot's business time."""
        self.sandbox.clock.advance(timedelta(**span))

    async def close(self) -> None:
        """Stop the bot."""
        await self.bot.stop()
        await self._operator.aclose()

    # What is seen

    @property
    def cards(self) -> list[Message]:
        """The messages in the cancellations channel, oldest first, without replies."""
        return [message for message in self.sandbox.slack.messages(CANCELLATIONS) if not message.thread_ts]

    async def until(self, seen: Callable[[], object], *, patience: float = PATIENCE) -> None:
        """Wait till something can be seen in Slack, not longer than `patience` seconds."""
        await self.sandbox.slack.wait_for(seen, timeout=patience)

    async def seen(self, asked: Callable[[], Awaitable[bool]], *, patience: float = PATIENCE) -> None:
        """Wait till a question that is asked again ten times a second is answered with yes."""
        async with asyncio.timeout(patience):
            while not await asked():  # noqa: ASYNC110  # who is asked is another process
                await asyncio.sleep(0.1)

    async def card(self, *words: str, number: int = 1) -> Message:
        """Wait till the cancellations channel has so many cards, and the newest says these words."""

        return await self._one_of(lambda: self.cards, words, number)

    def cards_of(self, subscription: Json) -> list[Message]:
        """Return a subscription's cards, oldest first: those whose *Open in Stripe* leads to it."""
        return [card for card in self.cards if f'/{subscription["id"]}"' in said(card)]

    async def card_of(self, subscription: Json, *words: str, number: int = 1) -> Message:
        """Wait till a subscription has so many cards, and the newest says these words."""
        return await self._one_of(lambda: self.cards_of(subscription), words, number)

    async def _one_of(self, cards: Callable[[], list[Message]], words: tuple[str, ...], number: int) -> Message:
        def shown() -> bool:
            return len(cards()) >= number and all(word in read(cards()[number - 1]) for word in words)

        try:
            await self.until(shown)
        except TimeoutError:
            raise AssertionError(f"no card {number} with {words}; there are: {[said(c) for c in cards()]}") from None
        return cards()[number - 1]

    async def ready(self) -> tuple[int, Json]:
        """Ask the admin port whether the bot is ready."""
        answer = await self._operator.get("/readyz")
        return answer.status_code, answer.json()

    async def status(self) -> Json:
        """Ask the admin port what an operator may have to see to."""
        found: Json = (await self._operator.get("/statusz")).json()
        return found

    async def figures(self) -> str:
        """Return the bot's metrics."""
        return (await self._operator.get("/metrics")).text

    async def idle(self) -> None:
        """Wait till the bot has nothing left to do that is due now."""
        for _ in range(400):
            answer = await self._operator.get("/metrics")
            if 'winback_backlog{queue="inbox"} 0.0' in answer.text:
                return
            await self.sandbox.slack.changed()
        raise AssertionError("the bot is still busy")


def line(section: Json) -> str:
    """Return a line of rich text as it is read, times as their fallback and people as their ids."""
    return "".join(run.get("text") or run.get("fallback") or f"<@{run.get('user_id')}>" for run in section["elements"])


def read(message: Message) -> str:
    """Return all the words of a message, with its lines of rich text whole."""
    rich = [part for block in message.blocks if block["type"] == "rich_text" for part in block["elements"]]
    return "\n".join([*(line(part) for part in rich if part["type"] == "rich_text_section"), said(message)])


def said(message: Message) -> str:
    """Return all the words of a message."""
    return json.dumps([message.text, message.blocks], ensure_ascii=False)


@asynccontextmanager
async def world(
    directory: Path,
    *,
    database_url: str | None = None,
    start: bool = True,
    settings: dict[str, str] | None = None,
    populated: bool = True,
    first_start: bool = False,
    **doors: bool,
) -> AsyncIterator[World]:
    """Start a seeded sandbox and the bot in it; `doors` as `environment_for` has them.

    Without being `populated` the account has its prices and no customers: months pass quickly there, and quietly. Only
    on a `first_start` are the first messages posted.
    """
    clock_file = directory / "clock"
    async with running(clock_file=clock_file, seed=populated) as sandbox:
        if not populated:
            seed_slack(sandbox.slack)
            seed_catalog(sandbox.stripe)
        environment = (
            environment_for(sandbox, directory, manifest=manifest, port=next(PORTS), **doors)
            | {"REASON_WAIT": "2s", "DIGEST": "off"}
            | (settings or {})
        )
        if database_url:
            environment["DATABASE_URL"] = database_url
        migrate.upgrade(environment["DATABASE_URL"])
        if not first_start:
            await greet(environment["DATABASE_URL"])
        bot = BotProcess(environment=environment, clock_file=clock_file, log=directory / "bot.log", begin=begin_bot)
        sandbox.faults.on_kill = bot.kill
        if start:
            await bot.start()
        made = World(sandbox, bot, environment, directory)
        try:
            yield made
        finally:
            await made.close()
