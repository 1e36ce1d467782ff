"""Subscriptions, their observations, cases and outcomes."""

from datetime import datetime

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, Uuid, text

from domain.billing.monthly_value import MonthlyValue
from domain.cancellations.stored_case import Enrichment, Facts, NotedReason
from domain.money import Money
from storage.database.column_types import JsonOf, PreviousAttributes, UtcDateTime
from storage.tables.schema import Number, metadata

_CARD_WANTED = text("own_card IN ('asked', 'due')")
_UNRETURNED = text("state IN ('pending', 'ended')")

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
    Column("collection_paused", Boolean),
    Column("first_period_ends_at", UtcDateTime),
    Column("value", JsonOf(MonthlyValue)),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subscription_id", ForeignKey("subscriptions.id"), nullable=False, index=True),
    Column("person_id", ForeignKey("persons.id"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("canceled_ats", JsonOf(tuple[datetime, ...]), nullable=False),
    Column("requested_at", UtcDateTime, nullable=False, index=True),
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
    Column("picked_at", UtcDateTime),
    Column("was_paying", Boolean),
    Column("loss", JsonOf(MonthlyValue)),
    Column("noted", JsonOf(NotedReason)),
    Index("ix_cases_unreturned_ends_at", "ends_at", sqlite_where=_UNRETURNED),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("person_id", ForeignKey("persons.id"), nullable=False, index=True),
    Column("returned_at", UtcDateTime, nullable=False),
    Column("returned_with", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("offer_id", ForeignKey("offers.id")),
    Column("first_paid_at", UtcDateTime),
    Column("kept_30", JsonOf(Money)),
    Column("kept_90", JsonOf(Money)),
    Column("stayed_30", Boolean),
    Column("stayed_90", Boolean),
    Column("version", Integer, nullable=False),
)

evaluations = Table(
    "evaluations",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("rule", Text),
    Column("due_at", UtcDateTime, index=True),
    Column("cause", Text, nullable=False),
)

card_batches = Table(
    "card_batches",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("formed_at", UtcDateTime, nullable=False, index=True),
    Column("edit_at", UtcDateTime, index=True),
    Column("shown", Text),
)

batch_rows = Table(
    "batch_rows",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("card_key", Text, nullable=False, unique=True),
    Column("batch_id", ForeignKey("card_batches.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("own_card", Text),
    Index("ix_batch_rows_batch_id", "batch_id", "position"),
    Index("ix_batch_rows_card_wanted", "own_card", sqlite_where=_CARD_WANTED),
)
