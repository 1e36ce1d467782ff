"""The period of a report: the last days, or a calendar month."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self

_FIRST_YEAR = 2000  # long before Stripe
_MONTH = re.compile(r"(\d{4})-(\d{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The cases requested at `since` or later and before `until`."""

    since: datetime
    until: datetime

    @classmethod
    def last(cls, span: timedelta, *, now: datetime) -> Self:
        """Return what lies just behind us."""
        return cls(since=now - span, until=now)

    @classmethod
    def month(cls, text: str, *, zone: tzinfo, now: datetime) -> Self | None:
        """Return a month such as "2026-11" in a timezone, up to now; None if it isn't one or hasn't begun."""
        read = _MONTH.fullmatch(text)
        if read is None:
            return None
        year, month = int(read[1]), int(read[2])
        if not (_FIRST_YEAR <= year <= now.year + 1 and 0 < month <= 12):
            return None
        since = datetime(year, month, 1, tzinfo=zone).astimezone(UTC)
        until = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone).astimezone(UTC)
        return cls(since=since, until=min(until, now)) if since < now else None
