"""The audit record, checkpoints, the pause of sending, role snapshots and shipped features."""

from sqlalchemy import BigInteger, Column, Table, Text, UniqueConstraint, Uuid

from domain.ids import StaffId
from storage.database.column_types import JsonOf, UtcDateTime
from storage.tables.schema import metadata

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("whom", Text),
    Column("at", UtcDateTime, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("key_id", Text, nullable=False, index=True),
    Column("mac", Text, nullable=False),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("chain", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("mac", Text, nullable=False),
)

unknown_addresses = Table(
    "unknown_addresses",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("key_id", Text, nullable=False, index=True),
    UniqueConstraint("digest", "key_id"),
)

marks = Table("marks", metadata, Column("name", Text, primary_key=True), Column("at", UtcDateTime, nullable=False))

pauses = Table(
    "pauses",
    metadata,
    Column("what", Text, primary_key=True),
    Column("by", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

rosters = Table(
    "rosters",
    metadata,
    Column("role", Text, primary_key=True),
    Column("members", JsonOf(tuple[StaffId, ...]), nullable=False),
)

shipped_features = Table(
    "shipped_features",
    metadata,
    Column("folded", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("synonyms", JsonOf(tuple[str, ...]), nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

sights = Table(
    "sights", metadata, Column("what", Text, primary_key=True), Column("until", UtcDateTime, nullable=False, index=True)
)
