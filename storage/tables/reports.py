"""Cases as the reports count them, their sums by day, and the people whose cases must be counted again."""

from dataclasses import fields

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, PrimaryKeyConstraint, Table, Text, Uuid, text

from flows.ports.store import CaseCounts, KeptOnce
from storage.database.column_types import UtcDateTime
from storage.tables.schema import Number, metadata

COUNTS = [field.name for field in fields(CaseCounts)]
_ADDED_LATER = dict.fromkeys(("asked_why", "reason_known", "reason_noted"), "0")
"""What counts that a later migration added to stored lines begin with."""
SHARED = [field.name for field in fields(KeptOnce)]

report_lines = Table(
    "report_lines",
    metadata,
    Column("case_id", Uuid, nullable=False),
    Column("currency", Text, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("requested_on", Date, nullable=False),
    Column("reason", Text, nullable=False),  # "": none, here and below, since NULL would fit no unique key
    Column("decline_code", Text, nullable=False),
    Column("rule", Text, nullable=False),
    *(Column(name, BigInteger, nullable=False, server_default=_ADDED_LATER.get(name)) for name in COUNTS),
    Column("draw_at", UtcDateTime),
    Column("held_out", Integer),  # 0 or 1, here and below, to be added up
    Column("won", Integer),
    Column("talked_to", Integer),
    Column("drawn_before_at", UtcDateTime),
    Column("drawn_after_at", UtcDateTime),
    Column("returned_at", UtcDateTime),
    Column("returned_with", Text),
    Column("is_shared", Boolean, nullable=False),
    Column("stop", Text, nullable=False, server_default="0:not_evaluated"),
    Column("monthly", BigInteger, nullable=False, server_default="0"),
    Column("next_at", UtcDateTime),
    Column("next_of_reason_at", UtcDateTime),
    Column("next_of_rule_at", UtcDateTime),
    *(Column(f"shared_{name}", BigInteger, nullable=False) for name in SHARED),
    PrimaryKeyConstraint("case_id", "currency"),
    Index("ix_report_lines_requested_at", "requested_at", "cases", "switched"),
    Index(
        "ix_report_lines_returned_at",
        "returned_at",
        "requested_at",
        "cases",
        sqlite_where=text("returned_at IS NOT NULL"),
    ),
    Index("ix_report_lines_returned_with", "returned_with", sqlite_where=text("returned_with IS NOT NULL")),
    Index("ix_report_lines_shared", "requested_at", sqlite_where=text("is_shared")),
    Index(
        "ix_report_lines_drawn",
        "requested_at",
        "draw_at",
        "drawn_before_at",
        "drawn_after_at",
        "held_out",
        "won",
        "talked_to",
        sqlite_where=text("draw_at IS NOT NULL"),
    ),
)

report_days = Table(
    "report_days",
    metadata,
    Column("requested_on", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("decline_code", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("lines", Integer, nullable=False),
    *(Column(name, BigInteger, nullable=False, server_default=_ADDED_LATER.get(name)) for name in COUNTS),
    PrimaryKeyConstraint("requested_on", "reason", "decline_code", "rule", "currency"),
    Index("ix_report_days_empty", "lines", sqlite_where=text("lines = 0")),
)

report_stops = Table(
    "report_stops",
    metadata,
    Column("requested_on", Date, nullable=False),
    Column("stop", Text, nullable=False),
    Column("cases", BigInteger, nullable=False),
    PrimaryKeyConstraint("requested_on", "stop"),
)

report_changes = Table(
    "report_changes", metadata, Column("number", Number, primary_key=True), Column("person_id", Uuid, nullable=False)
)
