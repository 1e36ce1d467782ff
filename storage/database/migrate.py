"""Migrating a database. Apart from `revision`, because Alembic is slow to import."""

from alembic import command
from alembic.config import Config
from sqlalchemy import NullPool

from storage.database import revision
from storage.database.engine import database, make_engine
from storage.database.errors import database_errors


def upgrade(url: str) -> None:
    """Migrate a database to the newest revision in one transaction; raises as `revision.current`."""
    revision.current(url)  # a newer database is refused
    with database_errors(), make_engine(database(url), pool=NullPool).connect() as connection:
        command.upgrade(config(connection=connection), "head")


def config(**attributes: object) -> Config:
    """Return Alembic's configuration, with the attributes that `migrations/env.py` needs."""
    made = Config(attributes=attributes)
    made.set_main_option("script_location", str(revision.MIGRATIONS).replace("%", "%%"))
    return made
