"""A fast insert of many events into the inbox, each stored once by its id."""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime

from sqlalchemy import Connection, Engine
from sqlalchemy.engine.interfaces import DBAPICursor

from flows.ports import StripeEvent
from flows.ports.store import Urgency
from storage.database.column_types import in_utc

Arrival = tuple[StripeEvent, datetime]
"""An event and the time it came in."""

_KNOWN = "SELECT id FROM inbox WHERE id IN ({})"

_SQLITE = """
INSERT INTO inbox (id, type, livemode, created_at, payload, subject, received_at, urgency, state, attempts) VALUES {}
"""

_POSTGRES = """
INSERT INTO inbox (id, type, livemode, created_at, payload, subject, received_at, urgency, state, attempts)
SELECT *, 'waiting', 0 FROM unnest(
    %b::text[], %b::text[], %b::boolean[], %b::timestamptz[], %b::text[], %b::text[], %b::timestamptz[], %b::int[]
)
ON CONFLICT (id) DO NOTHING
RETURNING id
"""
"""In binary form (`%b`): psycopg escapes a list of texts in Python, at six times the cost of all the rest."""


def store(connection: Connection, arrivals: Sequence[Arrival]) -> list[bool]:
    """Store what is new within the current transaction; return for each event whether it was.

    It talks to the driver: SQLAlchemy takes longer to bind a row than the database to store it.
    """
    if not arrivals:
        return []
    if connection.dialect.name == "sqlite":
        return _store_in_sqlite(connection.connection.cursor(), arrivals)
    return _store_in_postgres(connection, arrivals)


def commit_to_sqlite(engine: Engine, arrivals: Sequence[Arrival]) -> list[bool]:
    """Store what is new in a transaction of its own, all in the calling thread."""
    with closing(engine.raw_connection()) as connection:  # the pool rolls back what is not committed
        cursor = connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        new = _store_in_sqlite(cursor, arrivals)
        connection.commit()
        return new


def _store_in_sqlite(cursor: DBAPICursor, arrivals: Sequence[Arrival]) -> list[bool]:
    """Store with two statements, however many events there are.

    Each gives up the interpreter's lock and must win it back from the event loop's thread. Nobody writes between the
    two, as the transaction holds SQLite's write lock.
    """
    cursor.execute(_KNOWN.format(_listed("?", len(arrivals))), [event.id for event, _ in arrivals])
    known = {event_id for (event_id,) in cursor.fetchall()}
    new: list[bool] = []
    values: list[object] = []
    for event, received_at in arrivals:
        new.append(event.id not in known)
        if new[-1]:
            known.add(event.id)
            values += (event.id, event.type, event.livemode, _text(event.created_at))
            values += (event.payload, event.subject, _text(received_at), _urgency(event))
    if values:
        cursor.execute(_SQLITE.format(_listed("(?, ?, ?, ?, ?, ?, ?, ?, 'waiting', 0)", sum(new))), values)
    cursor.close()
    return new


def _urgency(event: StripeEvent) -> int:
    return int(Urgency.ROUTINE if event.routine else Urgency.FIRST)


def _listed(what: str, times: int) -> str:
    return ", ".join([what] * times)


def _text(moment: datetime) -> str:
    """Return a time as SQLAlchemy stores it in SQLite."""
    return in_utc(moment).replace(tzinfo=None).isoformat(" ", "microseconds")


def _store_in_postgres(connection: Connection, arrivals: Sequence[Arrival]) -> list[bool]:
    columns = zip(
        *(
            (
                event.id,
                event.type,
                event.livemode,
                event.created_at,
                event.payload,
                event.subject,
                received_at,
                _urgency(event),
            )
            for event, received_at in arrivals
        ),
        strict=True,
    )
    stored = set(connection.exec_driver_sql(_POSTGRES, tuple(list(column) for column in columns)).scalars())
    new = []
    for event, _ in arrivals:
        new.append(event.id in stored)
        stored.discard(event.id)  # a repeat among them is not new
    return new
