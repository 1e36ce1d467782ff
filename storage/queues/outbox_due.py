"""Which rows of the outbox are due now, and when the next ones will be; each is found by an index."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, literal_column, or_, select

from flows.effects import EffectState, Lane
from storage import tables
from storage.database.sql_helpers import DEAD, RUNNING, UNCLEAR, WAITING, is_open
from storage.queues.effect_codec import KINDS

OTHER_VERSION = timedelta(minutes=15)
"""How long a kind of effect that this version does not know is left to the one that does: both may be running."""

_row = tables.outbox.c


def ours(now: datetime) -> ColumnElement[bool]:
    """Match what is not finished, and of a kind that this version can run or nobody else has run in time."""
    return and_(is_open(tables.outbox), or_(_row.kind.in_(KINDS), _row.due_at <= now - OTHER_VERSION))


def in_state(state: EffectState) -> ColumnElement[bool]:
    """Match rows in a state, by the partial index that has them."""
    this = _row.state == literal_column(f"'{state}'")
    match state:
        case "dead" | "unclear":
            return and_(_row.state.in_([DEAD, UNCLEAR]), this)
        case "waiting" | "running":
            return and_(is_open(tables.outbox), this)
        case "done":
            return this


def unpaused() -> ColumnElement[bool]:
    """Match what is in no paused lane."""
    return _row.lane.not_in(select(tables.paused_lanes.c.lane))


def free(*, wall: datetime) -> ColumnElement[bool]:
    """Match what nobody has leased and no failure delays."""
    return and_(_row.state == WAITING, or_(_row.retry_at.is_(None), _row.retry_at <= wall))


def claimable(lane: Lane, *, now: datetime, wall: datetime, probing: bool) -> ColumnElement[bool]:
    """Match what is due in a lane and free, or whose lease ran out; `probing` includes a paused lane."""
    ran_out = and_(_row.state == RUNNING, _row.lease_until <= wall)
    return and_(_runnable(lane, now=now, probing=probing), _row.due_at <= now, or_(free(wall=wall), ran_out))


def next_moments(
    lane: Lane, *, now: datetime, wall: datetime, probing: bool
) -> Select[datetime | None, datetime | None, datetime | None]:
    """Select when, in a lane, the next row is due, the next delay ends, and the next lease runs out.

    Each time is the first of an index; an aggregate over all three would read every waiting row.
    """
    in_lane = _runnable(lane, now=now, probing=probing)
    return select(
        select(_row.due_at).where(in_lane, free(wall=wall)).order_by(_row.due_at).limit(1).scalar_subquery(),
        select(_row.retry_at)
        .where(in_lane, _row.state == WAITING, _row.retry_at > wall)
        .order_by(_row.retry_at)
        .limit(1)
        .scalar_subquery(),
        select(_row.lease_until)
        .where(in_lane, _row.state == RUNNING)
        .order_by(_row.lease_until)
        .limit(1)
        .scalar_subquery(),
    )


def _runnable(lane: Lane, *, now: datetime, probing: bool) -> ColumnElement[bool]:
    in_lane = and_(ours(now), _row.lane == lane)
    return in_lane if probing else and_(in_lane, unpaused())
