"""What the cases of a span add up to: whole days as they were summed up, and the lines of the days at its ends."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import CompoundSelect, Table, select, union_all

from storage import tables

_line = tables.report_lines.c


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
