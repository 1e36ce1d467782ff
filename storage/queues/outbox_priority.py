"""How the priority of a row of the outbox changes: what was posted is edited from then on."""

from sqlalchemy import ColumnElement, and_, case

from flows.effects import Priority, current_priority
from storage import tables

_row = tables.outbox.c


def when_wanted_again(over: ColumnElement[bool], *, new: ColumnElement[int], edit: Priority) -> ColumnElement[int]:
    """Return the priority of a row that is asked for again; what is yet to be posted keeps its place among the new."""
    posted = _row.place_ts.is_not(None)
    return case(
        (and_(over, posted), edit), (over, new), (and_(posted, _row.priority > edit), edit), else_=_row.priority
    )


def once_posted() -> ColumnElement[int]:
    """Return the priority of a row that has been posted: from then on it is edited."""
    return case((_row.priority == Priority.NEW_CARD, Priority.SOON), else_=_row.priority)


def edit_priority() -> Priority:
    """Return how urgent it is to edit a message now: a person waits to see what their press did."""
    waited_for = current_priority() is Priority.WAITED_FOR
    return Priority.WAITED_FOR if waited_for else Priority.SOON
