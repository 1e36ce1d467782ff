"""One `serve` for one SQLite file: a second one is refused while the first lives, however that one ends."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from storage.database.engine import database, is_sqlite
from storage.database.errors import database_errors


class AlreadyServed(Exception):
    """Another `serve` works on this database."""


@contextmanager
def hold_single_serve(url: str) -> Iterator[bool]:
    """Hold the right to serve a SQLite file, by a lock on a file beside it that the system drops with the process.

    True: no other `serve` is at work; the command line is not kept out. PostgreSQL is made for several: nothing is
    held, and False is what can be said. Raises AlreadyServed.
    """
    parsed = database(url)
    if not is_sqlite(parsed):
        yield False
        return
    with database_errors():
        lock = sqlite3.connect(f"{Path(parsed.database or '').resolve()}.serve", timeout=0, isolation_level=None)
    with closing(lock):
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            raise AlreadyServed(
                f"another `winback serve` is at work on {parsed.database}; stop it first, or use PostgreSQL for several"
            ) from None
        yield True
