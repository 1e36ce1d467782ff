"""Persons, and what we know of them."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, Text, Uuid, false

from storage.database.column_types import UtcDateTime
from storage.tables.schema import metadata

persons = Table(
    "persons",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("holdout", Boolean),
    Column("drawn_both_ways", Boolean, nullable=False, server_default=false()),
)

person_keys = Table(
    "person_keys",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("key_id", Text, nullable=False, index=True),
    Column("person_id", ForeignKey("persons.id"), nullable=False, index=True),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("person_id", ForeignKey("persons.id"), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("by", Text),
    Column("why", Text, nullable=False),
)

address_changes = Table(
    "address_changes",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("changed_at", UtcDateTime, nullable=False),
)

person_cards = Table(
    "person_cards",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("person_id", ForeignKey("persons.id"), primary_key=True, index=True),
    Column("key_id", Text, nullable=False, index=True),
)

unsubscribes = Table(
    "unsubscribes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_digest", Text, nullable=False, unique=True),
    Column("key_id", Text, nullable=False, index=True),
    Column("person_id", ForeignKey("persons.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Index("ix_unsubscribes_person_id_made_at", "person_id", "made_at"),
)
