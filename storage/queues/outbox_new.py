"""Statements that add rows to the outbox, ask for them again and end them, each built once."""

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Executable, Integer, bindparam, case, or_, update

from flows.effects import Priority
from storage import tables
from storage.database.sql_helpers import RUNNING, insert_for
from storage.queues.outbox_priority import once_posted, when_wanted_again

if TYPE_CHECKING:
    from sqlalchemy.sql.dml import ReturningUpdate

_row = tables.outbox.c
_SHOWN = bindparam("now_shown", type_=Integer())


@cache
def once(dialect: str) -> Executable:
    """Insert rows whose keys aren't there yet, and return their ids."""
    return insert_for(dialect, tables.outbox).on_conflict_do_nothing(index_elements=[_row.key]).returning(_row.id)


@cache
def or_again(dialect: str, edit: Priority) -> Executable:
    """Insert a row or, where its key is there, have that row done again; `edit` is how urgent an edit is."""
    statement = insert_for(dialect, tables.outbox)
    new, over = statement.excluded, _row.state == "done"
    sooner = or_(over, _row.state == RUNNING, _row.due_at > new.due_at)
    return statement.on_conflict_do_update(
        index_elements=[_row.key],
        set_={
            "wanted": _row.wanted + 1,
            "cause": new.cause,
            "kind": new.kind,  # the same, unless the row was damaged
            "ids": new.ids,
            "state": case((over, "waiting"), else_=_row.state),
            "due_at": case((sooner, new.due_at), else_=_row.due_at),
            "priority": when_wanted_again(over, new=new.priority, edit=edit),
        },
    ).returning(_row.id)


@cache
def done(*, placed: bool) -> "ReturningUpdate[tuple[str, str]]":
    """End an attempt of its holder's, with the place of what it posted if it was `placed`."""
    here: dict[str, object] = {"place_channel": bindparam("channel"), "place_ts": bindparam("ts")} if placed else {}
    held = (
        _row.id == bindparam("effect_id", type_=_row.id.type),
        _row.owner == bindparam("by", type_=_row.owner.type),
        _row.state == RUNNING,
    )
    return (
        update(tables.outbox)
        .where(*held)
        .values(
            **here,
            owner=None,
            lease_until=None,
            shown=_SHOWN,
            state=case((_row.wanted > _SHOWN, "waiting"), else_="done"),
            priority=once_posted(),
            attempts=0,
            attempt_started_at=None,
            retry_at=None,
            fault=None,
        )
        .returning(_row.state, _row.lane)
    )
