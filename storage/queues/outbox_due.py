"""Which rows of the outbox are due now, and when the next ones will be; each is found by an index.

The statements are built once: they take the times as parameters. `busy` are the queues of which a post is on its way.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Delete,
    Integer,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    false,
    literal_column,
    not_,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from flows.effects import TRIES_IN_TURN, EffectState, Lane, PostQueue, Priority
from storage import tables
from storage.database.sql_helpers import DEAD, DONE, RUNNING, UNCLEAR, WAITING, is_open
from storage.queues.effect_codec import KINDS, PRUNABLE, kinds_of_queue

OTHER_VERSION = timedelta(minutes=15)
"""How long a kind of effect that this version does not know is left to the one that does: both may be running."""

Times = dict[str, datetime]

_row = tables.outbox.c
NOW = bindparam("now", type_=_row.due_at.type)
WALL = bindparam("wall", type_=_row.retry_at.type)
_OTHER_VERSION_AT = bindparam("other_version_at", type_=_row.due_at.type)


def times(*, now: datetime, wall: datetime) -> Times:
    """Return the parameters that all of these statements take."""
    return {"now": now, "wall": wall, "other_version_at": now - OTHER_VERSION}


def ours() -> ColumnElement[bool]:
    """Match what is not finished, and of a kind that this version can run or nobody else has run in time."""
    return and_(is_open(tables.outbox), or_(_is_kind(KINDS), _row.due_at <= _OTHER_VERSION_AT))


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


def resumed(lane: Lane, *, by_event: bool) -> Delete:
    """Delete a lane's pause; an event leaves it there while an effect waits that met the same fault: it is probed."""
    paused = tables.paused_lanes.c
    if not by_event:
        return delete(tables.paused_lanes).where(paused.lane == lane)
    is_probed = exists().where(is_open(tables.outbox), _row.lane == lane, _row.fault == paused.why)
    return delete(tables.paused_lanes).where(paused.lane == lane, not_(is_probed))


def free() -> ColumnElement[bool]:
    """Match what nobody has leased and no failure delays."""
    return and_(_row.state == WAITING, or_(_row.retry_at.is_(None), _row.retry_at <= WALL))


def free_or_run_out() -> ColumnElement[bool]:
    """Match what is free, or was leased by somebody whose lease ran out."""
    return or_(free(), and_(_row.state == RUNNING, _row.lease_until <= WALL))


@cache
def picked(lane: Lane, priority: Priority, *, probing: bool, busy: frozenset[PostQueue]) -> Select[int]:
    """Select what is due and free, or whose lease ran out, the oldest first; `probing` includes a paused lane."""
    return (
        select(_row.number)
        .where(
            _runnable(lane, priority, probing=probing, busy=busy),
            _row.due_at <= NOW,
            free_or_run_out(),
            _has_its_turn(lane),
        )
        .order_by(_row.due_at, _row.number)
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(skip_locked=True)
    )


@cache
def claim(lane: Lane, priority: Priority, *, probing: bool, busy: frozenset[PostQueue]) -> ReturningUpdate[object]:
    """Lease what `picked` selects to `claimed_by`."""
    # A CTE is run once; PostgreSQL may run a locking subquery again and lock more rows.
    chosen = picked(lane, priority, probing=probing, busy=busy).cte("picked")
    leased = {
        "state": "running",
        "owner": bindparam("claimed_by", type_=_row.owner.type),
        "lease_until": bindparam("leased_until", type_=_row.lease_until.type),
        "attempts": _row.attempts + 1,
    }
    of_these = _row.number.in_(select(chosen.c.number))
    return update(tables.outbox).where(of_these).values(leased).returning(tables.outbox)


@cache
def claim_one(*, by_key: bool) -> ReturningUpdate[object]:
    """Lease `one` row to `by`, by its key or its id, due or not."""
    this = (
        _row.key == bindparam("one", type_=_row.key.type) if by_key else _row.id == bindparam("one", type_=_row.id.type)
    )
    leased = {
        "state": "running",
        "owner": bindparam("by", type_=_row.owner.type),
        "lease_until": bindparam("until", type_=_row.lease_until.type),
        "attempts": _row.attempts + 1,
    }
    waits = and_(this, is_open(tables.outbox), unpaused(), free_or_run_out())
    return update(tables.outbox).where(waits).values(leased).returning(tables.outbox)


@cache
def next_moments(
    lane: Lane, *, probing: bool, busy: frozenset[PostQueue]
) -> tuple[list[Priority], Select[*tuple[datetime | None, ...]]]:
    """Select, for each priority, when the next row is due, the next delay ends, and the next lease runs out.

    Each time is the first of an index; an aggregate over all three would read every waiting row. Where a new card is
    on its way, the others, which may be many, aren't looked at.
    """
    looked_at = [each for each in Priority if each is not Priority.NEW_CARD or "cards" not in busy]
    moments: list[ColumnElement[datetime | None]] = []
    for priority in looked_at:
        here = _runnable(lane, priority, probing=probing, busy=busy)
        held_back = and_(here, _row.state == WAITING, _row.retry_at > WALL)
        for moment, which in (
            (_row.due_at, and_(here, free(), _has_its_turn(lane))),
            (_row.retry_at, held_back),
            (_row.lease_until, and_(here, _row.state == RUNNING)),
        ):
            moments.append(select(moment).where(which).order_by(moment).limit(1).scalar_subquery())
    return looked_at, select(*moments)


def prunable(due_before: datetime, limit: int) -> CompoundSelect[int]:
    """Select finished rows that nothing needs any more, of each kind the oldest first."""
    old = (_row.state == DONE, _row.due_at < due_before, _row.place_channel.is_(None))
    found = (
        select(_row.number).where(_row.kind == kind, *old).order_by(_row.due_at).limit(limit).subquery()
        for kind in PRUNABLE  # one by one, as the index has them
    )
    return union_all(*(select(each.c.number) for each in found)).limit(limit)


def rests(
    looked_at: Iterable[Priority], moments: Sequence[datetime | None], *, now: datetime, wall: datetime
) -> dict[Priority, timedelta]:
    """Return how long it is to the first of the `next_moments` of each priority that has one."""
    found: dict[Priority, timedelta] = {}
    for number, priority in enumerate(looked_at):
        of_this = zip(moments[3 * number : 3 * number + 3], (now, wall, wall), strict=True)
        if waits := [at - clock for at, clock in of_this if at is not None]:
            found[priority] = min(waits)
    return found


def _has_its_turn(lane: Lane) -> ColumnElement[bool]:
    """Match what was posted already, or whose kind has no older post of which the result is open.

    Such a post is another process's, which may be dead, or it is tried again soon; after `TRIES_IN_TURN` none waits.
    """
    if lane != "slack":
        return true()
    others = tables.outbox.alias("others")
    theirs = (others.c.lane == _literal("slack"), others.c.place_ts.is_(None))
    begun = (others.c.state == RUNNING, others.c.lease_until > WALL, others.c.attempt_started_at.is_not(None))
    again = (others.c.state == WAITING, others.c.retry_at > WALL, others.c.attempts <= TRIES_IN_TURN)
    free_of = (_row.kind.not_in(select(others.c.kind).where(*theirs, *which)) for which in (begun, again))
    return or_(_row.place_ts.is_not(None), and_(*free_of))


def _runnable(lane: Lane, priority: Priority, *, probing: bool, busy: frozenset[PostQueue]) -> ColumnElement[bool]:
    of_lane = and_(ours(), _row.lane == _literal(lane), _row.priority == literal_column(str(int(priority)), Integer))
    posts = [_is_kind(kinds_of_queue(queue)) for queue in sorted(busy)]
    waits_for_others = and_(or_(false(), *posts), _row.place_ts.is_(None))
    conditions = [of_lane] if not busy else [of_lane, not_(waits_for_others)]
    return and_(*conditions) if probing else and_(*conditions, unpaused())


def _is_kind(kinds: Collection[str]) -> ColumnElement[bool]:
    return _row.kind.in_([_literal(kind) for kind in kinds])


def _literal(name: str) -> ColumnElement[str]:
    """Return a name of our own as it stands in a statement: a parameter for each would have to be counted each time."""
    return literal_column(f"'{name}'")
