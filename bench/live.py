"""How quick the running bot is, in a sandbox on the same machine: answers, cards, and what it takes when idle."""

import asyncio
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.request import urlopen

from bench.table import TABLE
from bot.slack.manifest import manifest
from sandbox.bot_process import BotProcess, free_port
from sandbox.bot_settings import environment_for
from sandbox.server import Sandbox
from sandbox.slack.seed import CANCELLATIONS
from sandbox.slack.workspace import Workspace
from storage.database import migrate
from tests.databases import greet

AT_ONCE = 50
CARDS = int(os.environ.get("CARDS", "30"))
CHECKOUT = Path(__file__).parents[1]
STRIPE_TAKES = timedelta(milliseconds=500)
SETTLED = 1.5  # seconds; Slack takes one message a second in a channel, and an idle bot owes none


@dataclass
class Running:
    sandbox: Sandbox
    bot: BotProcess
    environment: dict[str, str]

    async def figure(self, name: str) -> float:
        """Ask the bot for one of its metrics."""
        url = f"http://127.0.0.1:{self.environment['ADMIN_PORT']}/metrics"

        def read() -> str:
            with urlopen(url) as answer:
                text: str = answer.read().decode()
            return text

        found = re.search(rf"^{re.escape(name)} (\S+)$", await asyncio.to_thread(read), re.MULTILINE)
        assert found is not None, f"there is no metric {name}"
        return float(found[1])


@asynccontextmanager
async def sandboxed(database_url: str | None = None) -> AsyncIterator[Running]:
    """Have a bot, not started, beside a sandbox; on a SQLite file of its own if no database is named."""
    with tempfile.TemporaryDirectory(prefix="winback-bench-") as directory:
        place = Path(directory)
        sandbox = Sandbox(clock_file=place / "clock")
        await sandbox.start()
        environment = environment_for(sandbox, place, manifest=manifest, port=free_port())
        environment |= {"REASON_WAIT": "0s", "LOOKUPS_PER_MINUTE": "1000", "LOOKUPS_PER_DAY": "1000", "DIGEST": "off"}
        environment["PYTHONPATH"] = str(CHECKOUT)  # not what is installed
        if database_url is not None:
            environment["DATABASE_URL"] = database_url
        migrate.upgrade(environment["DATABASE_URL"])
        await greet(environment["DATABASE_URL"])
        bot = BotProcess(environment=environment, clock_file=place / "clock", log=place / "bot.log")
        yield Running(sandbox, bot, environment)
        await bot.stop()
        await sandbox.stop()


async def acknowledged(running: Running) -> list[float]:
    """Return the milliseconds until each of many `/portal-link` at once is acknowledged, while Stripe is slow."""
    running.sandbox.stripe.latency = STRIPE_TAKES
    told = await asyncio.gather(
        *(
            running.sandbox.slack.command("agent", "support", "/portal-link", "dana@acme-mail.com")
            for _ in range(AT_ONCE)
        )
    )
    assert all(one.acknowledged for one in told)
    running.sandbox.stripe.latency = timedelta()
    return [one.took_ms for one in told]


async def cards(running: Running) -> list[float]:
    """Return the milliseconds from each cancellation at Stripe until its card is in the channel, one at a time."""
    stripe, slack = running.sandbox.stripe, running.sandbox.slack
    price = stripe.ledger.get("price", "price_SeedProEur")
    took = []
    for number in range(CARDS):
        customer = stripe.create_customer(name=f"Customer {number}", email=f"customer{number}@bench-mail.com")
        stripe.cards.attach(customer)
        subscription = stripe.subscribe(customer, price)
        await asyncio.sleep(SETTLED)
        began = time.perf_counter()
        stripe.portal_cancel(subscription, "unused")
        await slack.wait_for(partial(_shown, slack, number + 1))
        took.append((time.perf_counter() - began) * 1e3)
    return took


def _shown(slack: Workspace, count: int) -> bool:
    return len(slack.messages(CANCELLATIONS)) == count


async def main() -> None:
    print("Running: the bot beside its sandbox, SQLite, Socket Mode, webhooks")
    async with sandboxed() as running:
        await running.bot.start()
        await asyncio.sleep(SETTLED)
        before = await running.figure("process_cpu_seconds_total")
        await asyncio.sleep(10)
        cpu = (await running.figure("process_cpu_seconds_total") - before) / 10
        TABLE.add("CPU of an idle bot", [cpu * 100], "% of a core")
        slow = f"{STRIPE_TAKES.total_seconds() * 1e3:.0f} ms"
        TABLE.add(
            f"/portal-link acknowledged, {AT_ONCE} at once, Stripe taking {slow}", await acknowledged(running), "ms"
        )
        await asyncio.sleep(10)
        TABLE.add(f"event to posted card, idle, no REASON_WAIT, {CARDS} times", await cards(running), "ms")
