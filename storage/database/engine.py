"""Engines for both databases: drivers, durability and how a transaction begins."""

import os
import stat
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from storage.database import sqlite_connection

WRITES = "winback_writes"
"""The execution option that makes a transaction on SQLite take the write lock as it begins."""

ALONE = "winback_alone"
"""The execution option by which each statement on SQLite is a transaction of its own."""

BUSY_TIMEOUT = timedelta(seconds=5)
POSTGRES_LIMITS = {
    "connect_timeout": "5",
    "tcp_user_timeout": "10000",
    "options": "-c statement_timeout=10s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s",
}
"""A server that hangs must not hang the bot. What DATABASE_URL sets itself wins."""

POOL_TIMEOUT = timedelta(seconds=10)


def database(url: str) -> URL:
    """Read `DATABASE_URL` and add the driver.

    Raises ValueError for anything but a SQLite file or a PostgreSQL database. Its text follows the variable's name, and
    leaves out the URL, which may hold a password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # the second for a port that is no number
        raise ValueError("isn't the URL of a database") from None
    match parsed.get_backend_name():
        case "sqlite":
            if parsed.database in (None, "", ":memory:"):
                raise ValueError("names no file")
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise ValueError(f"begins with {other}; it must be of SQLite or PostgreSQL")


def make_async_engine(url: URL) -> AsyncEngine:
    """Return the engine of the running bot; it connects when first used."""
    options = _options(url)
    if is_sqlite(url):
        options["connect_args"] |= {"async_creator_fn": sqlite_connection.connect}
    engine = create_async_engine(url, **options, pool_size=8, pool_timeout=POOL_TIMEOUT.total_seconds())
    if is_sqlite(url):
        _take_over_transactions(engine.sync_engine, url)
    return engine


def make_standing_engine(url: URL) -> AsyncEngine:
    """Return an engine for PostgreSQL whose connections are each used for long, without transactions."""
    return create_async_engine(url, **_options(url), poolclass=NullPool, isolation_level="AUTOCOMMIT")


def make_engine(url: URL, *, pool: type[Pool]) -> Engine:
    """Return a synchronous engine for work in a thread of its own; it connects when first used."""
    driver = "sqlite+pysqlite" if is_sqlite(url) else "postgresql+psycopg"
    engine = create_engine(url.set(drivername=driver), **_options(url), poolclass=pool)
    if is_sqlite(url):
        _take_over_transactions(engine, url)
    return engine


def is_sqlite(url: URL) -> bool:
    """Return whether a URL is of SQLite, the other choice being PostgreSQL."""
    return url.get_backend_name() == "sqlite"


def _options(url: URL) -> dict[str, Any]:
    """Return how to connect. Errors never show the parameters of a statement."""
    if is_sqlite(url):
        # The driver's own transactions begin too late, see "Transactions with SQLite" in SQLAlchemy's documentation.
        always: dict[str, Any] = {"isolation_level": None}
        unless_said: dict[str, Any] = {"timeout": BUSY_TIMEOUT.total_seconds()}
    else:
        always = {}
        unless_said = POSTGRES_LIMITS
    return {
        "connect_args": always | {name: value for name, value in unless_said.items() if name not in url.query},
        "hide_parameters": True,
    }


def keep_private(file: str) -> None:
    """Make a database file, or the one that is there, its owner's only, with what SQLite keeps beside it."""
    if file.startswith("file:"):
        return  # SQLite's own way to name a file; what it means is SQLite's affair
    # A file that is there is never opened: closing it again would end all locks of this process on it, and another
    # process could then damage the database (sqlite.org/howtocorrupt.html, 2.2).
    with suppress(OSError):  # connecting says what is wrong
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    for each in (Path(file), Path(f"{file}-wal"), Path(f"{file}-shm")):
        with suppress(OSError):
            mode = stat.S_IMODE(each.stat().st_mode)
            if mode & 0o077:
                each.chmod(mode & 0o700)


def _take_over_transactions(engine: Engine, url: URL) -> None:
    event.listen(engine, "do_connect", lambda *_: keep_private(url.database or ""))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get(ALONE, False):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES, False) else "BEGIN")
