"""Alembic's entry: runs the migrations on the connection it is handed, in one transaction."""

from alembic import context
from sqlalchemy import Connection, text

from storage.database.engine import WRITES
from storage.tables import metadata


def run(connection: Connection) -> None:
    """Migrate; on PostgreSQL several processes that start at once queue here."""
    connection = connection.execution_options(**{WRITES: True})
    # SQLite's DDL is transactional once the driver does not begin and end transactions by itself.
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('winback.migrate'))"))
        context.run_migrations()


run(context.config.attributes["connection"])
