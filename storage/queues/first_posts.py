"""What waits to be posted first into the cancellations channel, found by one statement that is built once."""

from functools import cache

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal_column, or_, select, text, union_all

from storage import tables
from storage.database.sql_helpers import RUNNING
from storage.queues.outbox_due import NOW, WALL, unpaused
from storage.tables.traffic import FIRST_POST

_row = tables.outbox.c
_of_batch = tables.batch_rows.c
_CARD_WANTED = text("own_card IN ('asked', 'due')")
BATCHED = tables.batch_rows.c.card_key == tables.outbox.c.key
NEVER_TRIED = and_(FIRST_POST, _row.attempt_started_at.is_(None))
"""Match what waits to be posted for the first time and was never attempted."""
_MAY_BE_TRIED = or_(_row.retry_at.is_(None), _row.retry_at <= WALL)


@cache
def posts_waiting() -> Select[*tuple[object, ...]]:
    """Select the fields of `PostsWaiting`; each is the first of an index."""
    on_its_way = and_(
        _row.lane == literal_column("'slack'"), _row.state == RUNNING, _is_kind("show_card", "show_batch"),
        _row.place_ts.is_(None),
    )  # fmt: skip
    cut_off = select(_row.id).where(on_its_way, _row.lease_until <= WALL, unpaused()).limit(1)
    may_be_there = (FIRST_POST, _row.attempt_started_at.is_not(None), unpaused(), _MAY_BE_TRIED)
    open_attempt = select(_row.id).where(*may_be_there).limit(1)
    new = (
        select(_row.id)
        .select_from(tables.outbox.join(tables.batch_rows, BATCHED, isouter=True))
        .where(NEVER_TRIED, _row.due_at <= NOW, unpaused(), _of_batch.case_id.is_(None))
    )
    soonest = (
        select(_row.due_at).where(FIRST_POST, _is_kind(kind), _row.due_at > NOW).order_by(_row.due_at).limit(1)
        for kind in ("show_batch", "show_card")
    )
    due_at = union_all(*(select(each.subquery().c.due_at) for each in soonest)).subquery().c.due_at
    return select(
        exists().where(on_its_way, _row.lease_until > WALL).label("is_posting"),
        func.coalesce(cut_off.scalar_subquery(), open_attempt.scalar_subquery()).label("unsettled"),
        _card_of_batch("asked").label("asked"),
        exists(new).label("is_new"),
        _card_of_batch("due").label("due"),
        select(func.min(due_at)).scalar_subquery().label("next_due_at"),
    )


def _card_of_batch(wish: str) -> ColumnElement[object]:
    """Select the next card that a case of a batch gets for a reason."""
    wanted = (_CARD_WANTED, _of_batch.own_card == literal_column(f"'{wish}'"))
    return (
        select(_row.id)
        .join_from(tables.batch_rows, tables.outbox, BATCHED)
        .where(*wanted, NEVER_TRIED, _row.due_at <= NOW, unpaused(), _MAY_BE_TRIED)
        .order_by(_row.due_at, _row.number)
        .limit(1)
        .scalar_subquery()
    )


def _is_kind(*kinds: str) -> ColumnElement[bool]:
    return _row.kind.in_([literal_column(f"'{kind}'") for kind in kinds])
