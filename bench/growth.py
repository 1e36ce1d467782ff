"""What finding work, health, `effects list`, pruning and the start take after years, beside an empty database.

`DONE`, `CASES`, `PEOPLE` and `DUE` choose how much there is.
"""

import asyncio
import os
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

from bench.databases import DATABASES
from bench.live import sandboxed
from bench.table import TABLE
from domain.keyring import Keyring
from flows.health import health_of
from jobs.prune_queues import AIM, BatchSize, Find, Prune, prune_batch
from storage.database import migrate
from storage.store import SqlStore
from tests.builders.years import Years, fill

YEARS = Years(
    done=int(os.environ.get("DONE", "2000000")),
    cases=int(os.environ.get("CASES", "1000000")),
    people=int(os.environ.get("PEOPLE", "100000")),
    due=int(os.environ.get("DUE", "10000")),
)
ROUNDS = int(os.environ.get("ROUNDS", "5"))
TIMES = 20  # in each round, of which the median counts
BATCHES = 200
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEASE = timedelta(seconds=90)
SECRET_KEY = secrets.token_hex(32)
KEYRING = Keyring([SECRET_KEY])

Work = Callable[[SqlStore], Awaitable[object]]


async def claim_events(store: SqlStore) -> None:
    async with store.begin() as unit:  # what is not committed can be claimed again
        await unit.inbox.claim(owner=uuid4(), wall=NOW, lease=LEASE, limit=8)


async def claim_effects(store: SqlStore) -> None:
    async with store.begin() as unit:
        await unit.outbox.claim("stripe", owner=uuid4(), now=NOW, wall=NOW, lease=LEASE, limit=5, probing=False)


async def look_for_work(store: SqlStore) -> None:
    async with store.read() as unit:
        await unit.inbox.waiting(wall=NOW)
        await unit.outbox.waits("stripe", now=NOW, wall=NOW, probing=False)


async def list_effects(store: SqlStore) -> None:
    async with store.read() as unit:
        await unit.outbox.listed(states=["dead", "unclear"], limit=50)
        await unit.inbox.listed_aside(limit=50)
        await unit.outbox.paused()


async def look_at_keys(store: SqlStore) -> None:
    await store.key_ids_in_use()


WORKS: dict[str, Work] = {
    "claim of 8 events": claim_events,
    "claim of 5 effects": claim_effects,
    "look for work": look_for_work,
    "health": partial(health_of, now=NOW),
    "effects list": list_effects,
    "start, keys in use": look_at_keys,
}


async def took(work: Work, store: SqlStore) -> float:
    """Return the milliseconds that something takes, the median of several times."""
    found = []
    for _ in range(TIMES):
        began = time.perf_counter()
        await work(store)
        found.append((time.perf_counter() - began) * 1e3)
    return statistics.median(found)


async def held(store: SqlStore, find: Find, prune: Prune) -> list[float]:
    """Return for how many milliseconds each batch of pruning held the writer, the commit left out."""
    size, found = BatchSize(), []
    for _ in range(BATCHES):
        async with store.read() as unit:
            numbers = await find(unit, size.rows)
        if not numbers:
            break
        took = await prune_batch(store, prune, numbers)
        size.learn(took)
        found.append(took / timedelta(milliseconds=1))
    return found


async def measure(name: str, empty_url: str, full_url: str) -> None:
    for url in (empty_url, full_url):
        await asyncio.to_thread(migrate.upgrade, url)
    await asyncio.to_thread(fill, full_url, YEARS, key_id=KEYRING.current)
    empty, full = (SqlStore(url, keyring=KEYRING, new_id=uuid4) for url in (empty_url, full_url))
    found: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for what, work in WORKS.items():
            for whose, store in (("empty", empty), ("years", full)):
                found.setdefault(f"{what}, {whose}", []).append(await took(work, store))
    for what, values in found.items():
        TABLE.add(f"{name}: {what}", values, "ms", digits=2)
    batches = {
        "payloads": await held(
            full,
            lambda unit, most: unit.inbox.finished(received_before=NOW, limit=most),
            lambda unit, numbers: unit.inbox.drop_payloads(numbers),
        ),
        "effects": await held(
            full,
            lambda unit, most: unit.outbox.prunable(due_before=NOW, limit=most),
            lambda unit, numbers: unit.outbox.prune(numbers),
        ),
    }
    for what, spans in batches.items():
        p95 = statistics.quantiles(spans, n=20)[-1] if len(spans) > 1 else max(spans, default=0.0)
        aim = f"aiming at {AIM / timedelta(milliseconds=1):.0f} ms"
        TABLE.add(f"{name}: a batch of pruning {what} holds the writer, p95, {aim}", [p95], "ms")
    await empty.close()
    await full.close()


async def ready(url: str) -> float:
    """Return the seconds until `winback serve` is ready on a database."""
    async with sandboxed(url) as running:
        running.environment["SECRET_KEY"] = SECRET_KEY
        began = time.perf_counter()
        await running.bot.start()
        seconds = time.perf_counter() - began
        running.bot.kill()  # it has years of work to do
        await running.bot.ended()
    return seconds


async def main() -> None:
    print(f"Growth: {YEARS}, {ROUNDS} rounds in turns")
    for name, urls in DATABASES.items():
        with urls() as fresh:
            empty, full = next(fresh), next(fresh)
            await measure(name, empty, full)
            found: dict[str, list[float]] = {}
            for _ in range(ROUNDS):
                for whose, url in (("empty", empty), ("years", full)):
                    found.setdefault(whose, []).append(await ready(url))
            for whose, values in found.items():
                TABLE.add(f"{name}: start to ready, {whose}", values, "s", digits=2)
