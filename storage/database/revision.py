"""The revision that a database is at, and the one that this version needs, read without Alembic."""

from pathlib import Path

from sqlalchemy import URL, NullPool, inspect, text

from storage.database.engine import database, is_sqlite, make_engine
from storage.database.errors import database_errors

MIGRATIONS = Path(__file__).parents[1] / "migrations"


class NewerDatabase(Exception):
    """The database was migrated by a newer version of the bot."""


def known() -> list[str]:
    """Return the revisions of this version, oldest first, by the names of their files."""
    return sorted(file.stem.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def head() -> str:
    """Return the revision that this version needs."""
    return known()[-1]


def current(url: str) -> str | None:
    """Return the revision of a database; None where it has none yet or its file does not exist.

    Raises NewerDatabase where this version does not know it, and `Unavailable`.
    """
    parsed = database(url)
    if _is_missing_file(parsed):
        return None  # connecting would create it
    with database_errors(), make_engine(parsed, pool=NullPool).connect() as connection:
        migrated = inspect(connection).has_table("alembic_version")
        at = connection.scalar(text("SELECT version_num FROM alembic_version")) if migrated else None
    if at is not None and at not in known():
        raise NewerDatabase(f"the database is at {at}, which this version does not know; install a newer version")
    return at


def behind(url: str) -> bool:
    """Return whether a database must be migrated first; raises as `current`."""
    return current(url) != head()


def _is_missing_file(parsed: URL) -> bool:
    return is_sqlite(parsed) and not Path(parsed.database or "").exists()
