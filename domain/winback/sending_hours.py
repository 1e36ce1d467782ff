"""When letters may go out: local hours on some weekdays, right on the days when clocks change too."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.winback.policy import SendingHours

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


def is_open(hours: SendingHours, zone: ZoneInfo, at: datetime) -> bool:
    """Say whether the local clock shows a time within the hours."""
    local = at.astimezone(zone)
    return local.weekday() in hours.weekdays and hours.start <= local.time() < hours.end


def next_open(hours: SendingHours, zone: ZoneInfo, at: datetime) -> datetime:
    """Find the first moment, `at` or later, that lies within the hours; in UTC.

    Where the start does not exist that day, the hours begin as the clock jumps over it; where it comes twice, they
    begin the first time.
    """
    if is_open(hours, zone, at):
        return at.astimezone(UTC)
    day = at.astimezone(zone).date()
    while True:
        for moment in sorted(_begins(hours.start, zone, day)):
            if moment >= at and is_open(hours, zone, moment):
                return moment
        day += _DAY


def _begins(start: time, zone: ZoneInfo, day: date) -> Iterator[datetime]:
    """List the moments of a day at which the hours may begin: the start, once or twice, and when the clock changes."""
    for fold in (0, 1):
        yield datetime.combine(day, start, zone).replace(fold=fold).astimezone(UTC)
    morning, evening = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (day, day + _DAY))
    offset = morning.astimezone(zone).utcoffset()
    if evening.astimezone(zone).utcoffset() == offset:
        return
    while evening - morning > _SECOND:
        middle = morning + (evening - morning) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            morning = middle
        else:
            evening = middle
    yield evening.replace(microsecond=0)
