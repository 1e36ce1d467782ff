"""Two persons who turn out to be one: all that is known of the one becomes the other's."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Table, Uuid, and_, delete, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from domain.ids import PersonId
from storage import tables
from storage.database.sql_helpers import insert

Columns = ReadOnlyColumnCollection[str, ColumnElement[object]]

_MANY_EACH = (
    tables.person_keys,
    tables.subscriptions,
    tables.cases,
    tables.proposals,
    tables.offers,
    tables.outcomes,
    tables.unsubscribes,
)
_person = tables.persons.c


async def merge(connection: AsyncConnection, other: PersonId, *, into: PersonId) -> None:
    """Make all that is one person's another's, and forget the one.

    Of what each person has once, what stands stays, with two exceptions: the subscriber's own word takes the place of
    what staff said, and the later offer counts for the cooldown.
    """
    for table in _MANY_EACH:
        await connection.execute(update(table).where(table.c.person_id == other).values(person_id=into))
    suppression, slot = tables.suppressions.c, tables.offer_slots.c
    await _bring(
        connection,
        tables.suppressions,
        other,
        into,
        rather=lambda theirs: and_(theirs.by.is_(None), suppression.by.is_not(None)),
    )
    await _bring(connection, tables.offer_slots, other, into, rather=lambda theirs: theirs.at > slot.at)
    await _bring(connection, tables.checkouts, other, into)
    await _bring(connection, tables.person_cards, other, into)
    # Who goes on does not depend on what was drawn, so the holdout stays a fair sample. Were either's draw enough to be
    # in it, somebody who was offered something as the other could come in later and be counted as never offered any.
    drawn = select(_person.holdout).where(_person.id == other).scalar_subquery()
    undrawn = update(tables.persons).where(_person.id == into, _person.holdout.is_(None))
    await connection.execute(undrawn.values(holdout=drawn))
    await connection.execute(delete(tables.persons).where(_person.id == other))


async def _bring(
    connection: AsyncConnection,
    table: Table,
    other: PersonId,
    into: PersonId,
    *,
    rather: Callable[[Columns], ColumnElement[bool]] | None = None,
) -> None:
    """Move the rows of one person to another, who keeps what stands in the way unless the moved is `rather` wanted."""
    names = [column.name for column in table.c if column.name != "person_id"]
    rows = select(literal(into, Uuid), *(table.c[name] for name in names)).where(table.c.person_id == other)
    new = insert(connection, table).from_select(["person_id", *names], rows)
    if rather is None:
        moved = new.on_conflict_do_nothing()
    else:
        taken = {name: new.excluded[name] for name in names}
        moved = new.on_conflict_do_update(index_elements=["person_id"], set_=taken, where=rather(new.excluded))
    await connection.execute(moved)
    await connection.execute(delete(table).where(table.c.person_id == other))
