"""Stripe's events on their way into the inbox: stored once by their id, many at a time and cheaply."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from flows.ports import Notice
from storage.columns import UtcDateTime

Arrival = tuple[Notice, datetime]
"""A notice and the moment it came."""

_SQLITE = """
INSERT INTO inbox (id, type, livemode, created_at, payload, subject, received_at, state, attempts)
VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', 0)
ON CONFLICT (id) DO NOTHING
"""

_POSTGRES = """
INSERT INTO inbox (id, type, livemode, created_at, payload, subject, received_at, state, attempts)
SELECT *, 'waiting', 0 FROM unnest(
    %b::text[], %b::text[], %b::boolean[], %b::timestamptz[], %b::text[], %b::text[], %b::timestamptz[]
)
ON CONFLICT (id) DO NOTHING
RETURNING id
"""
"""In binary form (`%b`): psycopg escapes a list of texts in Python, at six times the cost of all the rest."""


def store(connection: Connection, arrivals: Sequence[Arrival]) -> list[bool]:
    """Store what is new within the transaction that has begun; say of each whether it was.

    Written for the driver: to bind a row by SQLAlchemy costs more than to store it.
    """
    if not arrivals:
        return []
    if connection.dialect.name == "sqlite":
        return _store_in_sqlite(connection, arrivals)
    return _store_in_postgres(connection, arrivals)


def _store_in_sqlite(connection: Connection, arrivals: Sequence[Arrival]) -> list[bool]:
    text_of = UtcDateTime().bind_processor(connection.dialect) or str
    cursor = connection.connection.cursor()
    new = []
    for notice, received_at in arrivals:
        cursor.execute(
            _SQLITE,
            (
                notice.id,
                notice.type,
                notice.livemode,
                text_of(notice.created_at),
                notice.payload,
                notice.subject,
                text_of(received_at),
            ),
        )
        new.append(cursor.rowcount == 1)
    cursor.close()
    return new


def _store_in_postgres(connection: Connection, arrivals: Sequence[Arrival]) -> list[bool]:
    columns = zip(
        *(
            (notice.id, notice.type, notice.livemode, notice.created_at, notice.payload, notice.subject, received_at)
            for notice, received_at in arrivals
        ),
        strict=True,
    )
    stored = set(connection.exec_driver_sql(_POSTGRES, tuple(list(column) for column in columns)).scalars())
    new = []
    for notice, _ in arrivals:
        new.append(notice.id in stored)
        stored.discard(notice.id)  # a repeat among them is not new
    return new
