"""The program in this process: idle, it takes no write lock, and a failing job ends nothing."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine, event
from structlog.testing import capture_logs

from bot.assembly import serve
from bot.cli.startup import CheckedSettings, now
from bot.slack.manifest import manifest
from jobs.worker import LEASES
from sandbox.bot_process import free_port
from sandbox.bot_settings import environment_for
from sandbox.seed.catalog import seed_catalog
from sandbox.server import Sandbox
from sandbox.slack.seed import seed_slack
from storage.database import migrate
from tests.sandboxes import running

PATIENCE = 30


@dataclass
class Statements:
    """Counts the transactions of every engine of this process, and the ticks that were claimed."""

    reads: int = 0
    writes: int = 0
    claims: int = 0
    noted: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.reads += statement == "BEGIN" or statement.startswith(("SELECT EXISTS", "SELECT (SELECT outbox"))
        self.writes += statement == "BEGIN IMMEDIATE"
        self.claims += statement.startswith("INSERT INTO sights")
        self.noted.set()

    async def until(self, seen: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not seen():
                self.noted.clear()
                await self.noted.wait()


@pytest.fixture
def statements() -> Iterator[Statements]:
    counted = Statements()
    event.listen(Engine, "before_cursor_execute", counted.note)
    yield counted
    event.remove(Engine, "before_cursor_execute", counted.note)


@dataclass
class Program:
    """A sandbox and the program that works in it."""

    sandbox: Sandbox
    environment: dict[str, str]
    logs: Sequence[MutableMapping[str, Any]]

    def database(self, statement: str) -> list[Any]:
        """Read or change the database from beside."""
        path = self.environment["DATABASE_URL"].removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
            return connection.execute(statement).fetchall()

    async def change(self, statement: str) -> None:
        """Change the database in a thread: the program, which may hold the lock, goes on in this loop."""
        await asyncio.to_thread(self.database, statement)

    def is_idle(self) -> bool:
        waits = "state IN ('waiting', 'running')"
        return self.database(
            f"SELECT (SELECT count(*) FROM inbox WHERE {waits}) + count(*) FROM outbox WHERE {waits}"
        ) == [(0,)]

    async def take_in_an_event(self, statements: Statements) -> None:
        """Have something happen at Stripe and wait till the program has polled it and worked it off."""
        account = self.sandbox.stripe
        account.update_email(account.create_customer(email="dana@scully-mail.com"), "dana@mulder-mail.com")
        self.sandbox.clock.advance(timedelta(seconds=10))
        await statements.until(lambda: self.database("SELECT state FROM inbox") == [("done",)])

    async def until_failed(self, job: str) -> None:
        """Wait till the program has counted a failure of a job."""
        url = f"http://127.0.0.1:{self.environment['ADMIN_PORT']}/metrics"
        counted = f'winback_job_failures_total{{job="{job}"}}'
        async with asyncio.timeout(PATIENCE), httpx2.AsyncClient(trust_env=False) as client:
            while counted not in (await client.get(url)).text:  # noqa: ASYNC110  # it is only told when asked
                await asyncio.sleep(0.1)


@asynccontextmanager
async def at_work(directory: Path, **settings: str) -> AsyncIterator[Program]:
    """Run the program till the end of the block, polling for events, in a workspace with nothing to do."""
    async with running(seed=False) as sandbox:
        seed_slack(sandbox.slack)
        seed_catalog(sandbox.stripe)
        environment = (
            environment_for(sandbox, directory, manifest=manifest, webhooks=False, port=free_port()) | settings
        )
        migrate.upgrade(environment["DATABASE_URL"])
        given: Any = {name.lower(): value for name, value in environment.items()}
        over, ready = asyncio.Event(), asyncio.Event()
        with capture_logs() as logs:  # to render a traceback in colours takes a second of the loop that all share
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(
                    serve(
                        CheckedSettings(_env_file=None, **given),
                        only=None,
                        clock=sandbox.clock.now,
                        wall=now,
                        leases=LEASES,
                        stopping=over,
                        ready=lambda _: ready.set(),
                    )
                )
                try:
                    await asyncio.wait_for(ready.wait(), PATIENCE)
                    yield Program(sandbox, environment, logs)
                finally:
                    over.set()


async def test_an_idle_bot_takes_no_write_lock(tmp_path: Path, statements: Statements) -> None:
    """But to claim a tick: all three jobs run, and the poll sees an event again that it knows."""
    async with at_work(tmp_path) as program:
        clock = program.sandbox.clock
        tuesday = clock.now() + timedelta(days=8 - clock.now().weekday())
        clock.move_to(tuesday.replace(hour=12, minute=0, second=1))  # within the hours in which managers are reminded
        await program.take_in_an_event(statements)
        reminded = f"SELECT state FROM outbox WHERE key = 'remind:{tuesday.date()}'"
        await statements.until(lambda: program.database(reminded) == [("done",)] and program.is_idle())

        statements.reads = statements.writes = statements.claims = 0
        await statements.until(lambda: statements.reads >= 21)  # three looks of seven
        for claims in (3, 6, 9):
            clock.advance(timedelta(minutes=5))
            await statements.until(lambda claims=claims: statements.claims >= claims)  # type: ignore[misc]  # bound
        await statements.until(lambda: statements.writes == statements.claims)  # a claim may be under way


async def test_a_row_that_breaks_a_look_ends_nothing(tmp_path: Path, statements: Statements) -> None:
    async with at_work(tmp_path) as program:
        await program.take_in_an_event(statements)
        await statements.until(program.is_idle)
        await program.change("UPDATE inbox SET state = 'waiting', received_at = 'x'")
        channel = program.environment["APPROVALS_CHANNEL"]
        ids = json.dumps({"became": ["U0MANAGER1"], "ceased": [], "to": channel})
        await program.change(
            "INSERT INTO outbox (id, kind, ids, lane, state, due_at, attempts, wanted, shown, attempt_started_at)"
            f" VALUES ('0193c2d4a1b07c3e9f00000000000001', 'announce_managers', '{ids}', 'slack', 'waiting',"
            " '2026-01-01 00:00:00.000000', 0, 1, 0, 'x')"
        )
        for job in ("drain_inbox", "drain_outbox:slack"):
            await program.until_failed(job)
            assert [entry for entry in program.logs if entry.get("job") == job and entry["exc_info"]]

        await program.change(
            "UPDATE outbox SET attempt_started_at = NULL, state = 'waiting', owner = NULL, lease_until = NULL"
            " WHERE attempt_started_at = 'x'"  # its lease would run out in half a minute
        )
        await program.change(
            "UPDATE inbox SET received_at = created_at, state = 'waiting', owner = NULL, lease_until = NULL"
        )
        await statements.until(program.is_idle)
        assert program.database("SELECT state FROM inbox") == [("done",)]
        assert program.database("SELECT state FROM outbox WHERE kind = 'announce_managers'") == [("done",)]
