"""When emails may be sent: local hours on some weekdays, correct on days when the clocks change too."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.winback.policy import SendingHours

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


def is_open(hours: SendingHours, zone: ZoneInfo, at: datetime) -> bool:
    """Return whether the local time is within the sending hours."""
    local = at.astimezone(zone)
    return local.weekday() in hours.weekdays and hours.start <= local.time() < hours.end


def next_open(hours: SendingHours, zone: ZoneInfo, at: datetime) -> datetime:
    """Return the first moment within the sending hours, `at` or later, in UTC.

    On a day when the start doesn't exist, the hours begin as the clock jumps over it; when it comes twice, they begin
    the first time.
    """
    if is_open(hours, zone, at):
        return at.astimezone(UTC)
    day = at.astimezone(zone).date()
    while True:
        for moment in sorted(_begins(hours.start, zone, day)):
            if moment >= at and is_open(hours, zone, moment):
                return moment
        day += _DAY


def a_working_day_before(hours: SendingHours, zone: ZoneInfo, at: datetime) -> datetime:
    """Return the same local time on the last weekday of the sending hours before a moment's own day."""
    local = at.astimezone(zone)
    day = local.date() - _DAY
    while day.weekday() not in hours.weekdays:
        day -= _DAY
    return datetime.combine(day, local.time(), zone).astimezone(UTC)


def _begins(start: time, zone: ZoneInfo, day: date) -> Iterator[datetime]:
    """Yield when the hours may begin on a day: the start, once or twice, and the moment the clock changes."""
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
