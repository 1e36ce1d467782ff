"""A database that fails is told in a plain sentence, and nothing is acknowledged that was not stored."""

import asyncio
import sqlite3
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.exc import SQLAlchemyError

from flows.failures import Unavailable
from storage.database.engine import database
from storage.store import SqlStore
from tests.databases import KEYRING
from tests.storage.samples import NOW, case, event, new_id

LONG = "more than fits a page " * 500


async def refusal(store: SqlStore) -> str:
    """Receive an event and write a mark; both must fail with the same sentence."""
    with pytest.raises(Unavailable) as received:
        await store.receive(replace(event(1), payload=LONG), received_at=NOW)
    with pytest.raises(Unavailable) as written:
        await set_mark(store)
    await store.close()
    assert received.value.why == written.value.why
    return received.value.why


async def set_mark(store: SqlStore) -> None:
    async with store.begin() as unit:
        await unit.checkpoints.set(LONG, NOW)
        await unit.commit()


def opened(url: str) -> SqlStore:
    return SqlStore(url, keyring=KEYRING, new_id=new_id)


async def test_a_locked_file(sqlite_url: str) -> None:
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        why = await refusal(opened(f"{sqlite_url}?timeout=0.05"))
    assert why == "the database is locked by another program"


@pytest.mark.parametrize(
    ("pragma", "sentence"),
    [
        ("max_page_count = 1", "the disk that holds the database is full"),
        ("query_only = ON", "the database may not be written: its file or folder is read-only"),
    ],
)
async def test_a_file_that_takes_nothing_more(sqlite_url: str, pragma: str, sentence: str) -> None:
    store = opened(sqlite_url)
    for engine in (store._engine.sync_engine, store._thread_engine):
        sqlalchemy_event.listen(engine, "connect", lambda connection, _: connection.execute(f"PRAGMA {pragma}"))
    assert await refusal(store) == sentence


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert await refusal(opened(f"sqlite:///{tmp_path}/none/winback.db")) == "the database file cannot be opened"


async def test_a_file_that_is_something_else(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Dear Sir or Madam, " * 100)
    why = await refusal(opened(f"sqlite:///{tmp_path}/letter.db"))
    assert why == "the file that DATABASE_URL names is no SQLite database"


async def test_a_server_that_is_away() -> None:
    assert await refusal(opened("postgresql://winback@127.0.0.1:1/winback")) == "the database cannot be reached"


async def test_a_server_that_refuses(postgres_url: str) -> None:
    why = await refusal(opened(postgres_url.replace("//postgres@", "//nobody@")))
    assert why == "the database refuses the connection: check the user, password and name in DATABASE_URL"


@asynccontextmanager
async def turning_away(sqlstate: str, words: str) -> AsyncIterator[str]:
    """Serve an error to whoever connects (PostgreSQL: "Message Formats", ErrorResponse)."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            (size, asked) = struct.unpack("!ii", await reader.readexactly(8))
            await reader.readexactly(size - 8)
            if asked in {80877103, 80877104}:  # may it be TLS, or GSSAPI?
                writer.write(b"N")
                continue
            fields = f"SFATAL\0VFATAL\0C{sqlstate}\0M{words}\0\0".encode()
            writer.write(b"E" + struct.pack("!i", len(fields) + 4) + fields)
            writer.close()
            return

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"postgresql://winback@127.0.0.1:{server.sockets[0].getsockname()[1]}/winback"


@pytest.mark.parametrize(
    ("sqlstate", "words", "sentence"),
    [
        ("57P03", "the database system is starting up", "the database is shutting down or starting"),
        ("57P03", "the database system is shutting down", "the database is shutting down or starting"),
        ("57P03", "the database system is in recovery mode", "the database is shutting down or starting"),
        ("57P03", "the database system is not yet accepting connections", "the database is shutting down or starting"),
        ("53300", "sorry, too many clients already", "the database has no connection left"),
        ("28P01", 'password authentication failed for user "winback"', "the database refuses the connection: check"),
    ],
)
async def test_restart_is_no_wrong_password(sqlstate: str, words: str, sentence: str) -> None:
    async with turning_away(sqlstate, words) as url:
        assert (await refusal(opened(url))).startswith(sentence)


async def test_a_server_that_goes_away_and_comes_back(postgres_url: str) -> None:
    store = opened(postgres_url)
    assert await store.receive(event(1), received_at=NOW)
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(Unavailable, match="the database"):
        await store.receive(event(2), received_at=NOW)
    assert await store.receive(event(2), received_at=NOW)
    await store.close()


async def test_our_own_fault_is_no_outage(store: SqlStore) -> None:
    with pytest.raises(SQLAlchemyError) as raised:
        async with store.begin() as unit:
            await unit.cases.add(case())  # its subscription is not there
    assert "too_expensive" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("winback.db", "isn.t the URL"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql://root:hidden@localhost/winback", "begins with mysql"),
    ],
)
def test_wrong_url_is_not_repeated(url: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refused:
        database(url)
    assert "hidden" not in str(refused.value)
