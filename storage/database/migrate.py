"""Migrating: how a database's tables come to the newest state. Apart from `revision`, because Alembic is heavy."""

from alembic import command
from alembic.config import Config
from sqlalchemy import NullPool

from storage.database import revision
from storage.database.engine import database, make_engine
from storage.database.errors import database_errors


def upgrade(url: str) -> None:
    """Bring a database to the newest state, all at once or not at all; raises as `revision.current`."""
    revision.current(url)  # a newer database is refused
    with database_errors(), make_engine(database(url), pool=NullPool).connect() as connection:
        command.upgrade(config(connection=connection), "head")


def config(**attributes: object) -> Config:
    """Tell Alembic where the migrations are, and hand `migrations/env.py` what it needs."""
    made = Config(attributes=attributes)
    made.set_main_option("script_location", str(revision.MIGRATIONS).replace("%", "%%"))
    return made
