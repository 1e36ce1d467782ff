"""Two processes on PostgreSQL, each with a part: one listens to Slack, Stripe and customers, the other one works."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.cli.in_sandbox import SHORT_LEASE
from sandbox.bot_process import BotProcess
from tests.journeys.faults.troubles import leaves, one_card
from tests.journeys.portal_links.questions import ask, read
from tests.journeys.world import PORTS, World, world
from tests.nursery import Sprout, begin

SHORT = "6"


def part(w: World, only: str, directory: Path, **settings: str) -> BotProcess:
    async def begin_part(clock_file: Path, environment: dict[str, str], log: Path) -> Sprout:
        words = (str(clock_file), "serve", "--only", only)
        return await begin("bot.cli.in_sandbox", *words, environment=environment, directory=log.parent, err=log)

    environment = w.environment | settings | {SHORT_LEASE: SHORT}
    log = directory / f"{only}.log"
    return BotProcess(environment=environment, clock_file=directory / "clock", log=log, begin=begin_part)


async def is_open(port: str) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", int(port))
    except OSError:
        return False
    writer.close()
    return True


@pytest.mark.timeout(120)
async def test_web_and_worker_share_the_work(tmp_path: Path, postgres_url: str) -> None:
    settings: dict[str, Any] = {"REASON_WAIT": "0s"}
    async with world(tmp_path, database_url=postgres_url, start=False, settings=settings) as w:
        port = next(PORTS)
        web = part(w, "web", tmp_path)
        worker = part(w, "worker", tmp_path, PORT=str(port), ADMIN_PORT=str(port + 1))
        try:
            await web.start()
            leaves(w, "Wendy Web")
            answer = await ask(w, "dana@acme-mail.com")  # whom it is about is found by the part that listens
            assert "Dana" in read(answer)
            assert not w.cards

            await worker.start()
            assert not await is_open(str(port))
            assert await is_open(str(port + 1))
            await one_card(w, "Wendy Web")
            assert w.sandbox.slack.deliveries.sockets.connections == 1
        finally:
            assert (await web.stop(), await worker.stop()) == (0, 0)
