"""Migrations: which state a database's tables are in, and how they come to the newest."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, NullPool

from storage.engine import database, is_sqlite, make_engine
from storage.outage import told_plainly

MIGRATIONS = Path(__file__).parent / "migrations"


class NewerDatabase(Exception):
    """The database was migrated by a newer version of the program."""


def head() -> str:
    """Name the migration that this version of the program needs."""
    newest = _scripts().get_current_head()
    if newest is None:
        raise LookupError(f"{MIGRATIONS} holds no migration")
    return newest


def current(url: str) -> str | None:
    """Name the migration that a database is at; None: it has none yet, or is a file that does not exist.

    Raises `Unavailable`.
    """
    parsed = database(url)
    if _is_missing_file(parsed):
        return None  # to look would make it
    with told_plainly(), make_engine(parsed, pool=NullPool).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def behind(url: str) -> bool:
    """Tell whether a database must be migrated before this version can work on it.

    Raises NewerDatabase where it is this version that is behind, and `Unavailable`.
    """
    at = current(url)
    _refuse_newer(at)
    return at != head()


def upgrade(url: str) -> None:
    """Bring a database to the newest state, all at once or not at all; raises NewerDatabase and `Unavailable`."""
    _refuse_newer(current(url))
    config = _config()
    with told_plainly(), make_engine(database(url), pool=NullPool).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _refuse_newer(at: str | None) -> None:
    if at is not None and at not in {script.revision for script in _scripts().walk_revisions()}:
        raise NewerDatabase(f"the database is at {at}, which this version does not know; install a newer version")


def _is_missing_file(parsed: URL) -> bool:
    return is_sqlite(parsed) and not Path(parsed.database or "").exists()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
