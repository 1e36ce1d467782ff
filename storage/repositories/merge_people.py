"""Merging two persons who turn out to be one: everything of one becomes the other's."""

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
    """Move everything of `other` to another person, and delete `other`.

    Where a person can have only one, theirs is kept, with two exceptions: a suppression by the subscriber replaces one
    by staff, and the later offer counts for the cooldown.
    """
    for table in _MANY_EACH:
        await connection.execute(update(table).where(table.c.person_id == other).values(person_id=into))
    suppression, slot = tables.suppressions.c, tables.offer_slots.c
    await _move(
        connection,
        tables.suppressions,
        other,
        into,
        rather=lambda theirs: and_(theirs.by.is_(None), suppression.by.is_not(None)),
    )
    await _move(connection, tables.offer_slots, other, into, rather=lambda theirs: theirs.at > slot.at)
    await _move(connection, tables.checkouts, other, into)
    await _move(connection, tables.person_cards, other, into)
    await _merge_draws(connection, other, into)
    await connection.execute(delete(tables.persons).where(_person.id == other))


async def _merge_draws(connection: AsyncConnection, other: PersonId, into: PersonId) -> None:
    """Keep the draw of the holdout; who was drawn both ways is held out no longer, and counts in neither group.

    Part of what such a person got depends on one draw and part on the other, so neither group is theirs.
    """
    drawn = select(_person.holdout, _person.drawn_both_ways).where(_person.id.in_((other, into)))
    both = (await connection.execute(drawn.with_for_update())).all()
    draws = {each.holdout for each in both if each.holdout is not None}
    both_ways = len(draws) > 1 or any(each.drawn_both_ways for each in both)
    kept = False if both_ways else next(iter(draws), None)
    merged = update(tables.persons).where(_person.id == into)
    await connection.execute(merged.values(holdout=kept, drawn_both_ways=both_ways))


async def _move(
    connection: AsyncConnection,
    table: Table,
    other: PersonId,
    into: PersonId,
    *,
    rather: Callable[[Columns], ColumnElement[bool]] | None = None,
) -> None:
    """Move rows to another person, who keeps a row in the way unless `rather` prefers the moved one."""
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
