"""After years a claim, a look at health and the like read only the rows that they are about: shown by their plans."""

import re
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text

from flows.health import health_of
from storage.store import SqlStore
from tests.builders.years import Years, fill
from tests.databases import KEYRING
from tests.storage.samples import new_id

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEASE = timedelta(seconds=90)
DUE = 1_000
YEARS = Years(done=20_000, cases=5_000, people=5_000, due=DUE)
BIG = r"(inbox|outbox|cases|subscriptions|observations|person_keys|persons|audit|next|sibling|oldest)"
PARTIAL = r"USING (COVERING )?INDEX ix_\w+_(open|failed|running|held_back|set_aside|key_id)\b"


async def claim_events(store: SqlStore) -> None:
    async with store.begin() as unit:
        assert await unit.inbox.claim(owner=new_id(), wall=NOW, lease=LEASE, limit=8)


async def claim_effects(store: SqlStore) -> None:
    async with store.begin() as unit:
        assert await unit.outbox.claim("stripe", owner=new_id(), now=NOW, wall=NOW, lease=LEASE, limit=5, probing=False)


async def look_for_work(store: SqlStore) -> None:
    async with store.read() as unit:
        assert await unit.inbox.waiting(wall=NOW)
        assert await unit.inbox.routine(wall=NOW, limit=50)
        assert await unit.outbox.waits("stripe", now=NOW, wall=NOW, probing=False)


async def look_at_health(store: SqlStore) -> None:
    assert (await health_of(store, now=NOW)).waiting_effects == DUE


async def list_what_failed(store: SqlStore) -> None:
    async with store.read() as unit:
        assert await unit.outbox.listed(states=["dead", "unclear"], limit=50) == []
        assert await unit.inbox.listed_aside(limit=50) == []


async def list_what_waits(store: SqlStore) -> None:
    async with store.read() as unit:
        assert len(await unit.outbox.listed(states=["waiting", "running"], limit=50)) == 50


async def start(store: SqlStore) -> None:
    assert await store.key_ids_in_use() == set(KEYRING.key_ids)
    async with store.begin() as unit:
        await unit.inbox.give_back(owner=None)
        await unit.outbox.give_back(owner=None)


async def look_up_a_customer(store: SqlStore) -> None:
    async with store.read() as unit:
        assert await unit.inbox.unfinished_since("cus_7") is None


async def prune(store: SqlStore) -> None:
    async with store.begin() as unit:
        effects = await unit.outbox.prunable(due_before=NOW, limit=50)
        await unit.outbox.prune(effects)
        events = await unit.inbox.finished(received_before=NOW, limit=50)
        await unit.inbox.drop_payloads(events)
    assert [len(effects), len(events)] == [50, 50]


async def forget_events(store: SqlStore) -> None:
    async with store.begin() as unit:
        await unit.inbox.drop_payloads(await unit.inbox.finished(received_before=NOW, limit=DUE))
        await unit._connection.execute(text("ANALYZE"))
        await unit.commit()
    async with store.begin() as unit:
        events = await unit.inbox.forgettable(created_before=NOW, limit=50)
        await unit.inbox.forget(events)
    assert len(events) == 50


async def find_nothing_to_prune(store: SqlStore) -> None:
    long_ago = datetime(2024, 1, 1, tzinfo=UTC)
    async with store.read() as unit:
        assert await unit.outbox.prunable(due_before=long_ago, limit=50) == []
        assert await unit.inbox.finished(received_before=long_ago, limit=50) == []
        assert await unit.inbox.forgettable(created_before=long_ago, limit=50) == []


async def open_cases(store: SqlStore) -> None:
    async with store.read() as unit:
        assert await unit.cases.open_ids(since=NOW) == []
        assert await unit.cases.requested_ids(since=NOW) == []


@dataclass(frozen=True, slots=True)
class Run:
    """One thing that is done, the rows that PostgreSQL may read for it, and whether it may sort them."""

    work: Callable[[SqlStore], Awaitable[None]]
    rows: int
    sorts: bool = False


RUNS = (
    Run(claim_events, rows=200),
    Run(claim_effects, rows=50),
    Run(look_for_work, rows=DUE // 2),
    Run(look_at_health, rows=3 * DUE),  # it counts them
    Run(list_what_failed, rows=50),
    Run(list_what_waits, rows=3 * DUE, sorts=True),
    Run(start, rows=DUE + 50),  # leases are looked for among what waits
    Run(look_up_a_customer, rows=50),
    Run(prune, rows=300),
    Run(forget_events, rows=5 * DUE),
    Run(find_nothing_to_prune, rows=50),
    Run(open_cases, rows=50, sorts=True),
)


@pytest.mark.parametrize("run", RUNS, ids=[run.work.__name__ for run in RUNS])
async def test_only_what_it_is_about_is_read(store: SqlStore, database_url: str, run: Run) -> None:
    fill(database_url, YEARS, key_id=KEYRING.current)
    seen: list[tuple[str, Any]] = []
    event.listen(
        store._engine.sync_engine,
        "before_cursor_execute",
        lambda _1, _2, statement, values, _3, _4: seen.append((statement, values)),
    )
    await run.work(store)
    explained = [each for each in seen if each[0].lstrip().startswith(("SELECT", "UPDATE", "DELETE", "WITH"))]
    assert explained
    if database_url.startswith("sqlite"):
        for statement, values in explained:
            assert sqlite_faults(database_url, statement, values, sorts=run.sorts) == []
    else:
        plans = [postgres_plan(database_url, statement, values) for statement, values in explained]
        assert sum(rows_of(plan) for plan in plans) <= run.rows
        if not run.sorts:
            assert [plan for plan in plans if most_sorted(plan) > 100] == []


def sqlite_faults(url: str, statement: str, values: Any, *, sorts: bool) -> list[str]:
    """Return the steps that read a whole table, or sort."""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        steps = [step for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    whole = [step for step in steps if re.match(rf"SCAN {BIG}\b", step) and not re.search(PARTIAL, step)]
    return whole + [step for step in steps if "TEMP B-TREE FOR ORDER BY" in step and not sorts]


def postgres_plan(url: str, statement: str, values: Any) -> Mapping[str, Any]:
    """Run a statement once more, and return what was done for it."""
    with psycopg.connect(url) as connection:
        row = connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}".encode(), values).fetchone()
        connection.rollback()
    assert row is not None
    plan: Mapping[str, Any] = row[0][0]["Plan"]
    return plan


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes(each)


def rows_of(plan: Mapping[str, Any]) -> int:
    """Return how many rows were read from tables, those that a filter left out among them."""
    scans = [each for each in nodes(plan) if "Relation Name" in each and "Scan" in each["Node Type"]]
    return sum(
        round((each["Actual Rows"] + each.get("Rows Removed by Filter", 0)) * each["Actual Loops"]) for each in scans
    )


def most_sorted(plan: Mapping[str, Any]) -> int:
    return max((each["Plans"][0]["Actual Rows"] for each in nodes(plan) if "Sort" in each["Node Type"]), default=0)
