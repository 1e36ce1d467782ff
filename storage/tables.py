"""The tables. Partial indexes cover the rows that still wait, so that finished ones cost a claim nothing."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from domain.card import Enrichment, Facts
from domain.ids import CustomerId, StaffId
from storage.columns import JsonOf, PreviousAttributes, UtcDateTime

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

_OPEN = text("state IN ('waiting', 'running')")

inbox = Table(
    "inbox",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("type", Text, nullable=False),
    Column("livemode", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    Column("payload", Text, nullable=False),
    Column("subject", Text),
    Column("received_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("retry_at", UtcDateTime),
    Column("fault", Text),
    Column("owner", Uuid),
    Column("lease_until", UtcDateTime),
    Index("ix_inbox_open", "number", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_inbox_open_subject", "subject", "number", sqlite_where=_OPEN, postgresql_where=_OPEN),
)

outbox = Table(
    "outbox",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("ids", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("key", Text, unique=True),
    Column("state", Text, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("retry_at", UtcDateTime),
    Column("attempt_started_at", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("shown", Integer, nullable=False),
    Column("place_channel", Text),
    Column("place_ts", Text),
    Column("fault", Text),
    Column("cause", Text),
    Column("owner", Uuid),
    Column("lease_until", UtcDateTime),
    Index("ix_outbox_open", "due_at", "number", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_outbox_state", "state", "number"),
)

paused_lanes = Table(
    "paused_lanes",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("why", Text, nullable=False),
)

persons = Table(
    "persons",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
)

person_keys = Table(
    "person_keys",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("key_id", Text, nullable=False),
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

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False, index=True),
    Column("person_id", ForeignKey("persons.id"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("was_live", Boolean, nullable=False),
    Column("facts", JsonOf(Facts)),
    Column("version", Integer, nullable=False),
)

observations = Table(
    "observations",
    metadata,
    Column("number", Number, primary_key=True),
    Column("subscription_id", Text, nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False, unique=True),
    Column("event_type", Text),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("row_version", Integer),
    Column("previous", PreviousAttributes),
    Column("status", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("canceled_at", UtcDateTime),
    Column("cancel_at", UtcDateTime),
    Column("cancel_at_period_end", Boolean, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("kind", Text),
    Column("feedback", Text),
    Column("feedback_option", Text),
    Column("comment", Text),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subscription_id", ForeignKey("subscriptions.id"), nullable=False, index=True),
    Column("person_id", ForeignKey("persons.id"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("canceled_ats", JsonOf(tuple[datetime, ...]), nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("resumed_at", UtcDateTime),
    Column("kind", Text),
    Column("feedback", Text),
    Column("feedback_option", Text),
    Column("comment", Text),
    Column("silent", Boolean, nullable=False),
    Column("enrichment", JsonOf(Enrichment)),
    Column("owner", Text),
    Column("owned_at", UtcDateTime),
    Column("follow_up", Text),
    Column("tags", JsonOf(tuple[str, ...]), nullable=False),
    Column("version", Integer, nullable=False),
)

lookups = Table(
    "lookups",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("staff_id", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("typed", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("ticket", Text),
    Column("found", JsonOf(tuple[CustomerId, ...]), nullable=False),
    Column("subscription_id", Text),
    Index("ix_lookups_staff_id_at", "staff_id", "at"),
)

links = Table(
    "links",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_digest", Text, nullable=False, unique=True),
    Column("key_id", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("subscription_id", Text),
    Column("door", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("openings", Integer, nullable=False),
    Column("openings_left", Integer, nullable=False),
    Column("needs_code", Boolean, nullable=False),
    Column("code_number", Integer, nullable=False),
    Column("code_expires_at", UtcDateTime),
    Column("code_tries_left", Integer, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("revoked_by", Text),
    Index("ix_links_made_by_made_at", "made_by", "made_at"),
)

returns = Table(
    "returns",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_digest", Text, nullable=False, unique=True),
    Column("customer_id", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("read_at", UtcDateTime),
)

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
    Column("key_id", Text, nullable=False),
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
    Column("key_id", Text, nullable=False),
    UniqueConstraint("digest", "key_id"),
)

marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

rosters = Table(
    "rosters",
    metadata,
    Column("role", Text, primary_key=True),
    Column("members", JsonOf(tuple[StaffId, ...]), nullable=False),
)

sights = Table(
    "sights",
    metadata,
    Column("what", Text, primary_key=True),
    Column("until", UtcDateTime, nullable=False, index=True),
)
