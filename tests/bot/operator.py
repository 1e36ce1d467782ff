"""An operator beside a sandbox: settings that fit it, a database of their own, and the words of the command line."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from typer.testing import CliRunner, Result

from bot.cli.commands import app
from bot.cli.startup import CLOCK
from bot.slack.manifest import manifest
from domain.keyring import Keyring
from flows.effects import Effect
from flows.ports.store import AuditEntry
from sandbox.bot_settings import environment_for
from sandbox.server import Sandbox
from storage.store import SqlStore
from tests.command_line import Said

SECRET_KEY = "7d1f0c9e64b25a3881f4de0973c6ab5e2f90b87146ed53ca0b7f296d81e3c45a"  # who is in the holdout follows from it


@dataclass(frozen=True)
class Operator:
    """Types words; looks into the database by itself where what a word prints does not tell."""

    sandbox: Sandbox
    directory: Path
    environment: dict[str, str]
    store: SqlStore
    keyring: Keyring

    async def types(self, *words: str, **settings: str) -> Said:
        """Run `winback` with the sandbox's settings, these and its clock, on a thread: it has a loop of its own."""

        def typed() -> Result:
            CLOCK.set(self.sandbox.clock.now)
            return CliRunner().invoke(app, words, env=self.environment | settings)

        result = await asyncio.to_thread(typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    def writes(self, name: str, text: str) -> str:
        """Write a file and return its path."""
        file = self.directory / name
        file.write_text(text, encoding="utf-8")
        return str(file)

    async def asked_for(self) -> list[Effect]:
        """Return the effects in the outbox."""
        async with self.store.read() as unit:
            rows = await unit.outbox.listed(states=["waiting", "running"], limit=1000)
        return [row.effect for row in rows]

    async def recorded(self, action: str) -> list[AuditEntry]:
        """Return the audit log's entries for an action."""
        async with self.store.read() as unit:
            rows = await unit.audit.rows(after=0, limit=1000)
        return [row.entry for row in rows if row.entry.action == action]


@asynccontextmanager
async def beside(sandbox: Sandbox, directory: Path, database_url: str) -> AsyncIterator[Operator]:
    """Sit down beside a sandbox; no bot runs there."""
    environment = environment_for(sandbox, directory, manifest=manifest, webhooks=False)
    environment |= {"DATABASE_URL": database_url, "TIMEZONE": "UTC", "SECRET_KEY": SECRET_KEY}
    keyring = Keyring([environment["SECRET_KEY"]])
    store = SqlStore(database_url, keyring=keyring, new_id=uuid4)
    try:
        yield Operator(sandbox, directory, environment, store, keyring)
    finally:
        await store.close()
