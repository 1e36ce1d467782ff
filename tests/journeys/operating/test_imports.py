"""What a bot on SQLite imports: nothing that it seldom or never uses. Its memory and its start rely on that."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from sandbox.bot_process import BotProcess
from tests.journeys.world import world

CHECKOUT = Path(__file__).parents[3]
UNUSED = (
    "aiosmtpd", "alembic", "httpx", "mako", "psycopg", "pygments", "requests", "rich", "sandbox",
    "sqlalchemy.dialects.postgresql", "sqlalchemy.orm", "stopwordsiso", "stripe.params", "urllib3", "websockets",
)  # fmt: skip
IMPORT = re.compile(r"^import time: .*\| +(\S+)$", re.MULTILINE)


async def begin(clock_file: Path, environment: dict[str, str], log: Path) -> asyncio.subprocess.Process:
    """Begin a bot that logs each import (`sandbox.bot_process.Begin`)."""
    with log.open("ab") as stderr:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-X", "importtime", "-m", "bot.cli.in_sandbox", str(clock_file), "serve",
            env=environment | {"PYTHONPATH": str(CHECKOUT)},
            cwd=log.parent,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )  # fmt: skip


@pytest.fixture(scope="module")
async def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a bot logged that was started, served for a while and was stopped."""
    directory = tmp_path_factory.mktemp("imports")
    async with world(directory, start=False) as w:
        w.bot = BotProcess(environment=w.environment, clock_file=directory / "clock", log=w.log, begin=begin)
        await w.bot.start()
        await w.idle()
        assert await w.bot.stop() == 0
        return w.log.read_text()


def test_nothing_is_imported_that_is_never_used(said: str) -> None:
    imported = IMPORT.findall(said)
    assert "storage.store" in imported

    # A package that was left out is listed by its own name; its parts are listed only where it was imported.
    found = {name for name in UNUSED for module in imported if module.startswith(f"{name}.")}

    assert found == set()


def test_a_start_logs_no_warning(said: str) -> None:
    assert '"event": "checked"' in said
    warnings = [line for line in said.splitlines() if '"level": "warning"' in line]
    assert [line for line in warnings if "The bot runs as root" not in line] == []
