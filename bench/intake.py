"""How many signed webhooks real `winback serve` takes in, workers held and at work, beside a bare server, in turns."""

import asyncio
import json
import os
import statistics
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from bench.databases import DATABASES
from bench.live import Running, sandboxed
from bench.load import Template, send, template_of
from bench.table import TABLE
from sandbox.bot_process import BotProcess
from storage.database import migrate

CONNECTIONS = 32
ROUNDS = int(os.environ.get("ROUNDS", "5"))
WARM_UP = 1.0  # seconds
SECONDS = float(os.environ.get("SECONDS", "4"))
SUBSCRIPTIONS = 50
BARE, HELD, AT_WORK = "bare server", "winback serve, workers held", "winback serve, workers at work"


@dataclass(frozen=True)
class Figures:
    rate: float  # events a second
    p50: float  # milliseconds
    p99: float
    cpu: float  # microseconds an event


@asynccontextmanager
async def bare(url: str, secret: str) -> AsyncIterator[str]:
    """Run the bare server as a process of its own; yields its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.intake_server",
        url,
        secret,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    yield (await process.stdout.readline()).decode().strip()
    process.stdin.close()
    await process.wait()


async def begin_held(_clock_file: Path, environment: dict[str, str], log: Path) -> asyncio.subprocess.Process:
    """Begin `winback serve` without its workers (`sandbox.bot_process.StartProcess`)."""
    with log.open("ab") as stderr:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.held_serve",
            env=environment,
            cwd=log.parent,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )


@asynccontextmanager
async def winback(running: Running, url: str, *, held: bool) -> AsyncIterator[str]:
    """Run `winback serve` on a fresh database; yields its address."""
    await asyncio.to_thread(migrate.upgrade, url)
    environment = running.environment | {"DATABASE_URL": url, "LOG_LEVEL": "WARNING"}
    bot = BotProcess(environment=environment, clock_file=running.bot.clock_file, log=running.bot.log)
    bot = replace(bot, begin=begin_held) if held else bot
    await bot.start()
    yield f"http://127.0.0.1:{environment['PORT']}"
    bot.kill()  # it may have much left to do
    await bot.ended()


async def used(running: Running, kind: str, address: str) -> float:
    """Return the CPU seconds of a server so far."""
    if kind != BARE:
        return await running.figure("process_cpu_seconds_total")

    def read() -> float:
        with urlopen(f"{address}/usage") as answer:
            return float(json.load(answer)["cpu"])

    return await asyncio.to_thread(read)


async def measure(running: Running, kind: str, url: str, templates: Sequence[Template]) -> Figures:
    secret = running.environment["STRIPE_WEBHOOK_SECRETS"]
    async with bare(url, secret) if kind == BARE else winback(running, url, held=kind == HELD) as address:
        where = urlsplit(address)
        assert where.hostname is not None
        assert where.port is not None

        async def sent(seconds: float) -> list[float]:
            return await send(
                str(where.hostname),
                int(where.port or 0),
                secret=secret,
                templates=templates,
                connections=CONNECTIONS,
                warm_up=0,
                seconds=seconds,
            )

        await sent(WARM_UP)
        before = await used(running, kind, address)
        took = await sent(SECONDS)
        cpu = await used(running, kind, address) - before
    percentiles = statistics.quantiles(took, n=100)
    return Figures(
        rate=len(took) / SECONDS, p50=percentiles[49] * 1e3, p99=percentiles[98] * 1e3, cpu=cpu / len(took) * 1e6
    )


def renewals(running: Running) -> list[Template]:
    """Have customers renew; return the events of it, which nobody has been sent."""
    stripe = running.sandbox.stripe
    price = stripe.ledger.get("price", "price_SeedProEur")
    stripe.webhooks.mode = "held"
    ids = set()
    for number in range(SUBSCRIPTIONS):
        customer = stripe.create_customer(name=f"C {number}", email=f"customer{number}@bench-mail.com")
        stripe.cards.attach(customer)
        ids.add(stripe.subscribe(customer, price)["id"])
    stripe.webhooks.held.clear()
    running.sandbox.clock.advance(timedelta(days=31))
    found = [each for each in stripe.webhooks.held if each["data"]["object"]["id"] in ids]
    assert len(found) >= SUBSCRIPTIONS
    running.sandbox.faults.add("stripe", "/v1/events", "status", status=503, times=None)
    return [template_of(each) for each in found]


async def main() -> None:
    print(f"Intake: signed renewals over {CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS:.0f} s in turns")
    async with sandboxed() as running:
        templates = renewals(running)
        for name, urls in DATABASES.items():
            found: dict[str, list[Figures]] = {kind: [] for kind in (BARE, HELD, AT_WORK)}
            with urls() as fresh:
                for _ in range(ROUNDS):
                    for kind, rounds in found.items():
                        rounds.append(await measure(running, kind, next(fresh), templates))
            for kind, rounds in found.items():
                TABLE.add(f"{name}: intake, {kind}", [each.rate for each in rounds], "events/s", digits=0)
                TABLE.add(f"{name}: intake, {kind}, p99", [each.p99 for each in rounds], "ms")
                TABLE.add(f"{name}: intake, {kind}, CPU an event", [each.cpu for each in rounds], "µs", digits=0)
                if kind != BARE:
                    share = [100 * ours.rate / least.rate for ours, least in zip(rounds, found[BARE], strict=True)]
                    TABLE.add(f"{name}: intake, {kind}, of the bare server", share, "%", digits=0)
