"""What it costs to find due work, with a thousand and with a million cases that wait for their time."""

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import NullPool, text

from bench.databases import DATABASES
from bench.table import TABLE
from domain.ids import CaseId
from domain.keyring import Keyring
from flows.effects import EvaluateCase
from storage.database import migrate
from storage.database.engine import database, is_sqlite, make_engine
from storage.store import SqlStore

SIZES = [int(size) for size in os.environ.get("WAITING", "1000,1000000").split(",")]
LOOKS = int(os.environ.get("LOOKS", "200"))
DUE = 5
LANE = EvaluateCase.lane
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

# One case after the other is due, every thirty seconds from an hour after NOW on.
_INSERT = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :size)
INSERT INTO outbox (id, kind, ids, lane, key, state, due_at, attempts, wanted, shown, priority)
SELECT {id}, 'evaluate_case', '{{"case_id": "' || {id} || '"}}', 'stripe', 'evaluate:' || n, 'waiting', {due_at},
    0, 1, 0, 3
FROM numbers
"""
SQLITE = _INSERT.format(
    id="printf('%032x', n)",
    due_at="strftime('%Y-%m-%d %H:%M:%S', '2026-11-22 13:00:00', (n * 30) || ' seconds') || '.000000'",
)
POSTGRES = _INSERT.format(
    id="CAST(lpad(to_hex(n), 32, '0') AS uuid)",
    due_at="CAST('2026-11-22 13:00:00+00' AS timestamptz) + n * CAST('30 seconds' AS interval)",
)


def fill(url: str, size: int) -> None:
    """Make a database in which as many cases wait for their time."""
    migrate.upgrade(url)
    parsed = database(url)
    engine = make_engine(parsed, pool=NullPool)
    with engine.begin() as connection:
        if not is_sqlite(parsed):
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text(SQLITE if is_sqlite(parsed) else POSTGRES), {"size": size})
        connection.execute(text("ANALYZE"))
    with engine.connect() as connection:  # another one: what was not committed is not there
        assert connection.scalar(text("SELECT count(*) FROM outbox WHERE state = 'waiting'")) == size
    engine.dispose()


async def look(store: SqlStore, owner: UUID) -> int:
    """Do what a worker does to find work: ask when something is due, and claim it."""
    async with store.read() as unit:
        await unit.outbox.waits(LANE, now=NOW, wall=NOW, probing=False)
    async with store.begin() as unit:
        rows = await unit.outbox.claim(
            LANE, owner=owner, now=NOW, wall=NOW, lease=timedelta(seconds=90), limit=DUE, probing=False
        )
        await unit.commit()
    return len(rows)


async def looks(store: SqlStore, *, finding: int) -> list[float]:
    """Return the milliseconds of each of many looks; what was found is given back in between."""
    owner, took = uuid4(), []
    for _ in range(LOOKS):
        began = time.perf_counter()
        found = await look(store, owner)
        took.append((time.perf_counter() - began) * 1e3)
        assert found == finding
        async with store.begin() as unit:
            await unit.outbox.give_back(owner=owner)
            await unit.commit()
    return took


async def measure(name: str, url: str, size: int) -> None:
    await asyncio.to_thread(fill, url, size)
    store = SqlStore(url, keyring=Keyring(["a secret key that the bench does not use"]), new_id=uuid4)
    nothing = await looks(store, finding=0)
    async with store.begin() as unit:
        for _ in range(DUE):
            await unit.outbox.add(EvaluateCase(CaseId(uuid4())), due_at=NOW)
        await unit.commit()
    some = await looks(store, finding=DUE)
    await store.close()
    TABLE.add(f"{name}: a look for work, {size:,} waiting, none due", nothing, "ms", digits=2)
    TABLE.add(f"{name}: a look for work, {size:,} waiting, {DUE} due", some, "ms", digits=2)


async def main() -> None:
    print(f"Due work: one look for it, {LOOKS} times each")
    for name, urls in DATABASES.items():
        with urls() as fresh:
            for size in SIZES:
                await measure(name, next(fresh), size)
