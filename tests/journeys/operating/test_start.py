"""The bot does not start where it cannot work: one plain line for each reason, exit code 1, and no traceback."""

import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.database import migrate
from tests.command_line import Said, winback
from tests.journeys.world import World, world


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world(tmp_path_factory.mktemp("start"), start=False) as w:
        yield w


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    migrate.upgrade(f"sqlite:///{tmp_path}/winback.db")
    return tmp_path


async def serve(w: World, directory: Path, *words: str, **settings: str) -> Said:
    here = {"DATABASE_URL": "sqlite:///winback.db"}
    return await winback("serve", *words, environment=w.environment | here | settings, directory=directory)


def reasons(said: Said) -> list[str]:
    """Return the lines that aren't log lines."""
    assert (said.status, said.out) == (1, ""), said.err
    return [line for line in said.err.splitlines() if not line.startswith("{")]


async def test_second_serve_on_sqlite_is_refused(w: World, directory: Path) -> None:
    await w.bot.start()

    said = await serve(w, directory, DATABASE_URL=w.environment["DATABASE_URL"])

    (reason,) = reasons(said)
    assert reason.startswith("database: another `winback serve` is already using ")
    assert reason.endswith("; stop it, or use PostgreSQL for several.")
    await w.bot.stop()


async def test_part_on_sqlite_is_refused(w: World, directory: Path) -> None:
    said = await serve(w, directory, "--only", "worker")

    assert reasons(said) == [
        "database: `serve --only worker` needs PostgreSQL, since SQLite has one `serve` that does everything."
    ]


async def test_unmigrated_database_is_refused(w: World, directory: Path) -> None:
    said = await serve(w, directory, DATABASE_URL="sqlite:///new.db")

    assert reasons(said) == ["database: It isn't migrated to this version. Run: winback migrate"]


async def test_non_database_file_is_refused(w: World, directory: Path) -> None:
    (directory / "words.db").write_text("no database " * 100)

    said = await serve(w, directory, DATABASE_URL="sqlite:///words.db")

    (reason,) = reasons(said)
    assert reason.startswith("database: The file that DATABASE_URL names is no SQLite database.")


async def test_a_locked_database_is_said(w: World, directory: Path) -> None:
    with closing(sqlite3.connect(directory / "winback.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        said = await serve(w, directory)

    (reason,) = reasons(said)
    assert "the database is locked by another program" in reason


async def test_a_port_in_use_is_said(w: World, directory: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        said = await serve(w, directory, PORT=port)

    assert reasons(said) == [f"PORT: cannot listen on 127.0.0.1:{port}: address already in use."]


async def test_faulty_policy_is_refused(w: World, directory: Path) -> None:
    policy = directory / "policy.toml"
    policy.write_text(
        '[limits]\nholdout = 200\n\n[[rules]]\nname = "gone"\nsteps = [{ after = "soon", offer = "gift" }]\n'
    )

    said = await serve(w, directory, POLICY_FILE=str(policy))

    first, *faults = reasons(said)
    assert first == "The policy cannot be used; nothing was started."
    assert [fault.partition(": ")[0] for fault in faults] == ["policy.toml"] * 3
    for key in ("limits.holdout: ", 'rule "gone", steps[1].after: ', 'rule "gone", steps[1].offer: '):
        assert any(key in fault for fault in faults), faults


async def test_missing_proxies_are_warned_of(tmp_path: Path) -> None:
    async with world(tmp_path, settings={"PUBLIC_URL": "https://winback.northwind-mail.com"}) as w:

        async def warned() -> bool:
            return "TRUSTED_PROXIES is not set" in w.log.read_text()

        await w.seen(warned)
