"""What all tables share: metadata, names of constraints, and the condition of the partial indexes."""

from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, MetaData, event, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Number = BigInteger().with_variant(Integer, "sqlite")
"""A row number that counts up; SQLite does so only in a column of type INTEGER."""

OPEN = text("state IN ('waiting', 'running')")
DONE = text("state = 'done'")


@event.listens_for(metadata, "before_create")
def _partial_on_postgresql(_: MetaData, connection: Connection, **_options: Any) -> None:
    """Copy the conditions of the partial indexes to PostgreSQL; naming them in the tables would import its dialect."""
    if connection.dialect.name == "postgresql":
        for table in metadata.tables.values():
            for index in table.indexes:
                index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
