"""The database is locked, full or away: nothing is acknowledged that wasn't stored, and all of it comes later."""

import re
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.bot.seen import answers
from tests.journeys.faults.kills import answered, card_row, settled, stored
from tests.journeys.faults.troubles import leaves, not_ready, one_card, ready_again
from tests.journeys.world import World, world


@contextmanager
def locked(w: World) -> Iterator[None]:
    """Hold the write lock of the SQLite file, as another program might."""
    file = w.environment["DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def full(w: World) -> Iterator[None]:
    """Let no file of the bot grow or change, as on a disk that is full."""
    process = w.bot._process
    assert process is not None
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    yield
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextmanager
def away(w: World) -> Iterator[None]:
    """Let PostgreSQL throw everybody out of this database and nobody in."""
    server, _, name = w.environment["DATABASE_URL"].partition("?")[0].rpartition("/")
    query = w.environment["DATABASE_URL"].partition("?")[2]
    with psycopg.connect(f"{server}/postgres?{query}", autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        yield
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@pytest.mark.parametrize(
    ("fault", "url", "sentence"),
    [
        (locked, "sqlite_url", "locked by another program|too busy"),
        (full, "sqlite_url", "the disk that holds the database"),
        (away, "postgres_url", "the database"),
    ],
)
async def test_cancellation_during_a_database_outage(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    fault: Callable[[World], AbstractContextManager[None]],
    url: str,
    sentence: str,
) -> None:
    database_url = request.getfixturevalue(url)
    async with world(tmp_path, database_url=database_url, settings={"REASON_WAIT": "0s"}) as w:
        slack, stripe = w.sandbox.slack, w.sandbox.stripe
        await ready_again(w)
        await settled(w)  # what runs as the database goes away is found again by its lease only
        with fault(w):
            stripe.webhooks.mode = "held"
            subscription = leaves(w, "Dora Database")
            events = list(stripe.webhooks.held)
            assert await stripe.webhooks.deliver(events[-1]) == [503]
            await slack.command("agent", "support", "/portal-link", "dana@acme-mail.com")
            [answer] = await slack.wait_for(lambda: answers(slack, "agent"), 15)
            assert "I couldn't get through, so nothing was done" in answer.text
            assert re.search(sentence, await not_ready(w, "database"))
        assert card_row(w, subscription) is None
        assert answered(w) <= stored(w)
        await ready_again(w)
        for event in events:
            assert await stripe.webhooks.deliver(event) == [200]
        await one_card(w, "Dora Database")
        assert answered(w) <= stored(w)
