"""The inbox, the outbox and the paused lanes."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, Uuid, text

from storage.database.column_types import UtcDateTime
from storage.tables.schema import DONE, OPEN, Number, metadata

_HELD_BACK = text("state = 'waiting' AND retry_at IS NOT NULL")
_RUNNING = text("state = 'running'")
FIRST_POST = text("state = 'waiting' AND place_ts IS NULL AND kind IN ('show_card', 'show_batch')")
"""What waits to be posted into the cancellations channel for the first time."""
_SET_ASIDE = text("state = 'set_aside'")
_FAILED = text("state IN ('dead', 'unclear')")

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
    Column("failing_since", UtcDateTime),
    Column("urgency", Integer, nullable=False, server_default="0"),
    Index("ix_inbox_open", "urgency", "number", sqlite_where=OPEN),
    Index("ix_inbox_set_aside", "number", sqlite_where=_SET_ASIDE),
    Index("ix_inbox_done", "received_at", sqlite_where=DONE),
    Index("ix_inbox_open_subject", "subject", "number", sqlite_where=OPEN),
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
    Column("priority", Integer, nullable=False, server_default="2"),
    Index("ix_outbox_open", "lane", "priority", "due_at", "number", sqlite_where=OPEN),
    Index("ix_outbox_held_back", "lane", "priority", "retry_at", sqlite_where=_HELD_BACK),
    Index("ix_outbox_running", "lane", "lease_until", sqlite_where=_RUNNING),
    Index("ix_outbox_failed", "state", "number", sqlite_where=_FAILED),
    Index("ix_outbox_done", "kind", "due_at", sqlite_where=DONE),
    Index("ix_outbox_first_post", "kind", "due_at", "number", sqlite_where=FIRST_POST),
)

paused_lanes = Table(
    "paused_lanes",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("why", Text, nullable=False),
)
