"""What all tables share: their metadata, how constraints are named, and the condition of the partial indexes."""

from sqlalchemy import BigInteger, Integer, MetaData, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Number = BigInteger().with_variant(Integer, "sqlite")
"""A row number that counts up; SQLite counts by itself only in a column called INTEGER."""

OPEN = text("state IN ('waiting', 'running')")
