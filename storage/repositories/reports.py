"""The reports: lines of cases, their sums by day, and what is counted from both."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    Table,
    case,
    cast,
    delete,
    func,
    literal_column,
    or_,
    select,
    union,
    union_all,
)

from domain.ids import PersonId
from domain.money import Money
from domain.winback.lift import Arm
from flows.ports.store import (
    CaseCounts,
    CountedDraw,
    KeptOnce,
    MeasuredCase,
    ReportedCase,
    ReportGroup,
    ReportLine,
    SharedGroup,
    SharedReturn,
)
from storage import tables
from storage.database.sql_helpers import SqlRepository, columns, insert
from storage.repositories.measured_cases import read_measured
from storage.repositories.reported_cases import read_reported
from storage.tables.reports import COUNTS, SHARED

_line, _day, _change = tables.report_lines.c, tables.report_days.c, tables.report_changes.c
_case, _outcome = tables.cases.c, tables.outcomes.c
_GROUP = ("reason", "decline_code", "rule", "currency")
_DRAW = [field.name for field in fields(CountedDraw)]
_UNSHARED = SharedReturn(next_at=None, next_of_reason_at=None, next_of_rule_at=None)
_IS_SHARED: ColumnElement[bool] = literal_column("is_shared")
"""As the partial index spells it; otherwise it isn't used."""
_ADDED = 1
_TAKEN_AWAY = -1


class SqlReports(SqlRepository):
    async def has_changes(self) -> bool:
        return await self._connection.scalar(select(_change.number).limit(1)) is not None

    async def count_changed(self) -> int:
        return await self._connection.scalar(select(func.count(_change.person_id.distinct()))) or 0

    async def take_changed(self, *, limit: int) -> Sequence[PersonId]:
        await self._lock("winback.reports")
        # By their numbers: a change with a lower one may be committed later.
        first = select(_change.number).order_by(_change.number).limit(limit)
        taken = delete(tables.report_changes).where(_change.number.in_(first)).returning(_change.person_id)
        people: set[UUID] = set()
        more = set(await self._connection.scalars(taken))
        while more:
            people |= more
            more = set(await self._connection.scalars(_sharing_with(people))) - people
        return [PersonId(each) for each in sorted(people)]

    async def measured(self, people: Collection[PersonId]) -> list[MeasuredCase]:
        return await read_measured(self._connection, people)

    async def replace(self, people: Collection[PersonId], lines: Sequence[ReportLine]) -> None:
        theirs = _line.case_id.in_(select(_case.id).where(_case.person_id.in_(people)))
        await self._sum_up(theirs, _TAKEN_AWAY)
        await self._connection.execute(delete(tables.report_lines).where(theirs))
        if lines:
            await self._connection.execute(tables.report_lines.insert(), [_columns(each) for each in lines])
            await self._sum_up(theirs, _ADDED)
        await self._connection.execute(delete(tables.report_days).where(literal_column("lines = 0")))

    async def groups(self, *, since: datetime, until: datetime) -> list[ReportGroup]:
        rows = by_day(tables.report_days, [*_GROUP, *COUNTS], since=since, until=until).subquery()
        group = [rows.c[name] for name in _GROUP]
        sums = [cast(func.sum(rows.c[name]), BigInteger).label(name) for name in COUNTS]
        found = await self._find_all(select(*group, *sums).group_by(*group))
        return [
            ReportGroup(
                reason=each["reason"] or None,
                decline_code=each["decline_code"] or None,
                rule=each["rule"] or None,
                currency=each["currency"],
                counts=CaseCounts(**{name: each[name] for name in COUNTS}),
            )
            for each in found
        ]

    async def cases(self, *, since: datetime, until: datetime) -> list[ReportedCase]:
        return await read_reported(self._connection, since=since, until=until)

    async def shared_returns(self, *, since: datetime, until: datetime) -> list[SharedGroup]:
        group = (_line.reason, _line.rule, _line.currency)
        sums = [
            func.sum(case((or_(following.is_(None), following >= until), _line[f"shared_{name}"]), else_=0))
            for following in (_line.next_at, _line.next_of_reason_at, _line.next_of_rule_at)
            for name in SHARED
        ]
        within = (_IS_SHARED, _line.requested_at >= since, _line.requested_at < until)
        found = await self._connection.execute(select(*group, *sums).where(*within).group_by(*group))
        return [
            SharedGroup(
                reason=reason or None,
                rule=rule or None,
                currency=currency,
                whole=_kept(kept[:4]),
                of_reason=_kept(kept[4:8]),
                of_rule=_kept(kept[8:]),
            )
            for reason, rule, currency, *kept in found
        ]

    async def arms(self, *, since: datetime, until: datetime) -> tuple[Arm, Arm, int]:
        within = (
            _line.draw_at.is_not(None),  # as the partial index spells it
            _line.requested_at >= since,
            _line.requested_at < until,
            _line.draw_at <= until,
            or_(_line.drawn_before_at.is_(None), _line.drawn_before_at < since),
            or_(_line.drawn_after_at.is_(None), _line.drawn_after_at >= until),
        )
        summed = (_line.held_out, _line.won, _line.held_out * _line.won, _line.held_out * _line.talked_to)
        statement = select(func.count(), *(func.sum(each) for each in summed)).where(*within)
        counted = (await self._connection.execute(statement)).one()
        people, held_out, won, won_held_out, talked_to = (int(each or 0) for each in counted)
        return (
            Arm(people=people - held_out, won=won - won_held_out),
            Arm(people=held_out, won=won_held_out),
            talked_to,
        )

    async def left_and_back(
        self, day: tuple[datetime, datetime], *, since: datetime, until: datetime
    ) -> tuple[int, int]:
        begins_at, ends_at = day
        left = select(func.sum(_line.cases - _line.switched)).where(
            _line.requested_at >= max(begins_at, since), _line.requested_at < min(ends_at, until)
        )
        back = select(func.sum(_line.cases)).where(
            _line.returned_at.is_not(None),
            _line.returned_at >= begins_at,
            _line.returned_at < ends_at,
            _line.requested_at >= since,
            _line.requested_at < until,
        )
        statement = select(left.scalar_subquery(), back.scalar_subquery())
        found = (await self._connection.execute(statement)).one()
        return int(found[0] or 0), int(found[1] or 0)

    async def brought_back(self, *, since: datetime, until: datetime) -> list[Money]:
        back = (_line.returned_at.is_not(None), _line.returned_at >= since, _line.returned_at < until)
        once = (_line.next_at.is_(None), _line.monthly > 0)
        summed = select(_line.currency, func.sum(_line.monthly)).where(*back, *once).group_by(_line.currency)
        found = await self._connection.execute(summed.order_by(_line.currency))
        return [Money(int(minor), currency) for currency, minor in found]

    async def _sum_up(self, which: ColumnElement[bool], sign: int) -> None:
        """Add lines to the sums of their days, or take them away."""
        days = tables.report_days
        key = [column.name for column in days.primary_key]
        counted = {"lines": sign * func.count(), **{name: sign * func.sum(_line[name]) for name in COUNTS}}
        lines = select(*(_line[name] for name in key), *counted.values()).where(which)
        new = insert(self._connection, days).from_select(
            [*key, *counted], lines.group_by(*(_line[name] for name in key))
        )
        summed = {name: _day[name] + new.excluded[name] for name in counted}
        await self._connection.execute(new.on_conflict_do_update(index_elements=key, set_=summed))
        await self._sum_up_stops(which, sign)

    async def _sum_up_stops(self, which: ColumnElement[bool], sign: int) -> None:
        stops = tables.report_stops
        lines = select(_line.requested_on, _line.stop, sign * func.sum(_line.cases)).where(which)
        new = insert(self._connection, stops).from_select(
            ["requested_on", "stop", "cases"], lines.group_by(_line.requested_on, _line.stop)
        )
        summed = {"cases": stops.c.cases + new.excluded.cases}
        await self._connection.execute(new.on_conflict_do_update(index_elements=["requested_on", "stop"], set_=summed))


def _sharing_with(people: Collection[UUID]) -> Select[UUID]:
    """Return whose cases are answered by a return that answers one of these people's, or did when it was counted."""
    theirs = _case.person_id.in_(people)
    now = select(_outcome.returned_with).join_from(tables.outcomes, tables.cases, _case.id == _outcome.case_id)
    then = select(_line.returned_with).join_from(tables.report_lines, tables.cases, _case.id == _line.case_id)
    with_returned = union(now.where(theirs), then.where(theirs, _line.returned_with.is_not(None)))
    lines = select(_case.person_id).join_from(tables.report_lines, tables.cases, _case.id == _line.case_id)
    return lines.where(_line.returned_with.in_(with_returned)).distinct()


def by_day(days: Table, names: Sequence[str], *, since: datetime, until: datetime) -> CompoundSelect[Any]:
    """Return these columns of a span's days and lines, to be added up."""
    first = _midnight(since + timedelta(days=1) - timedelta(microseconds=1))
    last = max(_midnight(until), first)
    whole = select(*(days.c[name] for name in names)).where(
        days.c.requested_on >= first.date(), days.c.requested_on < last.date()
    )
    lines = select(*(_line[name] for name in names))
    before = lines.where(_line.requested_at >= since, _line.requested_at < min(first, until))
    after = lines.where(_line.requested_at >= max(last, since), _line.requested_at < until)
    return union_all(whole, before, after)


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(UTC).date(), time(), UTC)


def _kept(sums: Sequence[Decimal | int]) -> KeptOnce:
    return KeptOnce(**{name: int(each) for name, each in zip(SHARED, sums, strict=True)})


def _columns(line: ReportLine) -> dict[str, Any]:
    values = columns(line)
    draw, shared = values.pop("draw"), values.pop("shared") or _UNSHARED
    values |= {name: int(count) for name, count in columns(values.pop("counts")).items()}
    values |= {name: values[name] or "" for name in ("reason", "decline_code", "rule")}
    values |= {
        "stop": str(line.stop),
        "is_shared": line.shared is not None,
        "requested_on": line.requested_at.astimezone(UTC).date(),
    }
    values |= columns(shared)
    values |= {f"shared_{name}": count for name, count in columns(values.pop("kept")).items()}
    if draw is None:
        return values | dict.fromkeys(_DRAW)
    return values | columns(draw) | {name: int(getattr(draw, name)) for name in ("held_out", "won", "talked_to")}
