"""Look-ups, portal links and return tokens."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, Uuid

from domain.billing.portal_changes import PortalChange, PortalState
from domain.ids import CustomerId
from storage.database.column_types import JsonOf, UtcDateTime
from storage.tables.schema import metadata

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
    Column("key_id", Text, nullable=False, index=True),
    Column("customer_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("subscription_id", Text),
    Column("door", Text, key="channel", nullable=False),
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
    Column("sent_at", UtcDateTime),
    Column("opened_at", UtcDateTime),
    Column("code_entered_at", UtcDateTime),
    Column("returned_at", UtcDateTime),
    Column("opened_with", JsonOf(PortalState)),
    Column("changed", JsonOf(tuple[PortalChange, ...])),
    Column("offer_id", Uuid),
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
    Column("link_id", Uuid),
)
