"""One `serve` per SQLite file: a second one is refused while the first runs, however the first ends."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from storage.database.engine import database, is_sqlite, keep_private
from storage.database.errors import database_errors


class AlreadyServed(Exception):
    """Another `serve` works on this database."""


@contextmanager
def hold_single_serve(url: str) -> Iterator[bool]:
    """Lock a file beside a SQLite database; the system drops the lock when the process ends.

    Yields True if no other `serve` runs; the command line is not locked out. On PostgreSQL several may run: nothing is
    locked, and it yields False. Raises AlreadyServed.
    """
    parsed = database(url)
    if not is_sqlite(parsed):
        yield False
        return
    beside = f"{Path(parsed.database or '').resolve()}.serve"
    keep_private(beside)
    with database_errors():
        lock = sqlite3.connect(beside, timeout=0, isolation_level=None)
    with closing(lock):
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            raise AlreadyServed(
                f"another `winback serve` is already using {parsed.database}; stop it, or use PostgreSQL for several"
            ) from None
        yield True
