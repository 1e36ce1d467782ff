"""Failures of the database in plain sentences, without SQL and without stored values."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from flows.failures import DatabaseUnavailable

_SQLITE = {
    sqlite3.SQLITE_BUSY: "the database is locked by another program",
    sqlite3.SQLITE_LOCKED: "the database is locked by another program",
    sqlite3.SQLITE_FULL: "the disk that holds the database is full",
    sqlite3.SQLITE_READONLY: "the database may not be written: its file or folder is read-only",
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened",
    sqlite3.SQLITE_PERM: "the database file may not be opened by this user",
    sqlite3.SQLITE_AUTH: "the database file may not be opened by this user",
    sqlite3.SQLITE_IOERR: "the disk that holds the database fails",
    sqlite3.SQLITE_CORRUPT: "the database file is damaged",
    sqlite3.SQLITE_NOTADB: "the file that DATABASE_URL names is no SQLite database",
}

_POSTGRES = {
    "08": "the database cannot be reached",
    "25006": "the database may not be written: it is read-only",
    "25P03": "the database ended a transaction because this program took too long",
    "40": "the database gave up one of two changes that blocked each other",
    "42501": "the database's user lacks a permission",
    "42703": "the database is not migrated: run `winback migrate`",
    "42P01": "the database is not migrated: run `winback migrate`",
    "53100": "the disk that holds the database is full",
    "53": "the database is short of memory or of connections",
    "55P03": "the database is locked by another program",
    "57014": "the database took too long to answer",
    "57P": "the database is shutting down or starting",
    "58": "the disk that holds the database fails",
}
"""By SQLSTATE, or the beginning of one; see "PostgreSQL Error Codes" in PostgreSQL's documentation."""

_POSTGRES_PASSING = (
    "is starting up", "is shutting down", "is in recovery mode", "not yet accepting connections", "not accepting",
    "terminating connection",
)  # fmt: skip
"""What a restarting server tells a new client (PostgreSQL: postmaster's `canAcceptConnections`), in English."""
_POSTGRES_FULL = ("too many clients", "remaining connection slots", "too many connections")


@contextmanager
def database_errors() -> Iterator[None]:
    """Raise `DatabaseUnavailable` where the database is away, locked, full or not migrated; let other errors pass."""
    try:
        yield
    except PoolTimeoutError:
        raise DatabaseUnavailable("the database is too busy: all connections are in use") from None
    except (DBAPIError, sqlite3.Error) as error:
        why = _why(error)
        if why is None:
            raise
        raise DatabaseUnavailable(why) from None


def _why(error: DBAPIError | sqlite3.Error) -> str | None:
    """Return the sentence. psycopg's errors are known by SQLAlchemy's, so a bot on SQLite need not load it."""
    if isinstance(error, sqlite3.Error):
        return _sqlite(error)
    return _sqlite(error.orig) if isinstance(error.orig, sqlite3.Error) else _postgres(error)


def _sqlite(error: sqlite3.Error) -> str | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_ERROR and str(error).startswith(("no such table", "no such column")):
        return "the database is not migrated: run `winback migrate`"
    return None if code is None else _SQLITE.get(code & 0xFF)  # the low byte; the rest is detail


def _postgres(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return next((why for begin, why in _POSTGRES.items() if state.startswith(begin)), None)
    if not isinstance(error, OperationalError):
        return None
    # The driver's own words, without a code: the connection could not be made, or broke.
    words = str(error.orig)
    if any(passing in words for passing in _POSTGRES_PASSING):
        return "the database is shutting down or starting"
    if any(full in words for full in _POSTGRES_FULL):
        return "the database has no connection left: raise its max_connections, or stop what uses them"
    if "FATAL" in words:
        return "the database refuses the connection: check the user, password and name in DATABASE_URL"
    return "the database cannot be reached"
