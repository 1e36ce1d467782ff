"""When emails may be sent, on ordinary days and when the clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.winback.policy import SendingHours
from domain.winback.sending_hours import is_open, next_open
from tests.lanes import examples

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
WEEK, EVERY_DAY = frozenset(range(5)), frozenset(range(7))


def hours(start: str, end: str, weekdays: frozenset[int] = EVERY_DAY) -> SendingHours:
    return SendingHours(start=time.fromisoformat(start), end=time.fromisoformat(end), weekdays=weekdays)


OFFICE = hours("09:00", "18:00", WEEK)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-06-10T12:00", "2026-06-10T12:00"),  # a Wednesday, 14:00
        ("2026-06-10T06:59", "2026-06-10T07:00"),
        ("2026-06-10T07:00", "2026-06-10T07:00"),
        ("2026-06-10T15:59:59", "2026-06-10T15:59:59"),
        ("2026-06-10T16:00", "2026-06-11T07:00"),
        ("2026-06-12T16:00", "2026-06-15T07:00"),  # Friday evening
        ("2026-06-13T10:00", "2026-06-15T07:00"),
        ("2026-06-10T22:30", "2026-06-11T07:00"),  # past midnight there
        ("2026-12-31T23:30", "2027-01-01T08:00"),
        ("2026-03-27T17:00", "2026-03-30T07:00"),  # the clock changes over the weekend
        ("2026-10-23T16:00", "2026-10-26T08:00"),
    ],
)
def test_office_hours_in_berlin(at: str, opens: str) -> None:
    assert next_open(OFFICE, BERLIN, utc(at)) == utc(opens)


@pytest.mark.parametrize(
    ("zone", "open_hours", "at", "opens"),
    [
        # 29 March 2026, 02:00 is 03:00 in Berlin: 01:00 UTC
        (BERLIN, ("02:30", "04:00"), "2026-03-29T00:30", "2026-03-29T01:00"),
        (BERLIN, ("02:00", "02:30"), "2026-03-29T00:30", "2026-03-30T00:00"),  # does not exist that day
        (BERLIN, ("09:00", "18:00"), "2026-03-28T17:00", "2026-03-29T07:00"),
        # 25 October 2026, 03:00 is 02:00 again in Berlin: 01:00 UTC
        (BERLIN, ("02:30", "04:00"), "2026-10-24T23:00", "2026-10-25T00:30"),
        (BERLIN, ("02:30", "04:00"), "2026-10-25T01:00", "2026-10-25T01:30"),  # 02:00 for the second time
        (BERLIN, ("01:00", "02:30"), "2026-10-25T00:45", "2026-10-25T01:00"),  # 02:45, and 02:00 comes again
        (BERLIN, ("09:00", "18:00"), "2026-10-24T16:00", "2026-10-25T08:00"),
        # 8 March 2026, 02:00 is 03:00 in New York: 07:00 UTC
        (NEW_YORK, ("02:30", "04:00"), "2026-03-08T06:00", "2026-03-08T07:00"),
        (NEW_YORK, ("02:00", "03:00"), "2026-03-08T06:00", "2026-03-09T06:00"),
        (NEW_YORK, ("09:00", "18:00"), "2026-03-07T23:00", "2026-03-08T13:00"),
        # 1 November 2026, 02:00 is 01:00 again in New York: 06:00 UTC
        (NEW_YORK, ("01:30", "03:00"), "2026-11-01T05:00", "2026-11-01T05:30"),
        (NEW_YORK, ("01:30", "03:00"), "2026-11-01T06:00", "2026-11-01T06:30"),
        (NEW_YORK, ("00:30", "01:15"), "2026-11-01T05:20", "2026-11-01T06:00"),
        (NEW_YORK, ("09:00", "18:00"), "2026-10-31T22:00", "2026-11-01T14:00"),
    ],
)
def test_days_when_the_clocks_change(zone: ZoneInfo, open_hours: tuple[str, str], at: str, opens: str) -> None:
    assert next_open(hours(*open_hours), zone, utc(at)) == utc(opens)


@settings(max_examples=examples(1000))
@given(
    zone=st.sampled_from([BERLIN, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kolkata")]),
    minutes=st.tuples(st.integers(0, 1438), st.integers(0, 1439)),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    at=st.one_of(
        st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)),  # noqa: DTZ001  # hypothesis wants its bounds naive
        st.integers(0, 3 * 1440).map(lambda minute: datetime(2026, 10, 24) + timedelta(minutes=minute)),  # noqa: DTZ001
        st.integers(0, 3 * 1440).map(lambda minute: datetime(2026, 3, 28) + timedelta(minutes=minute)),  # noqa: DTZ001
    ),
)
def test_the_next_opening_is_the_first(
    zone: ZoneInfo, minutes: tuple[int, int], weekdays: frozenset[int], at: datetime
) -> None:
    start, end = min(minutes), max(minutes[0] + 1, *minutes)
    open_hours = SendingHours(
        start=time(start // 60, start % 60),
        end=time(end // 60, end % 60) if end < 1440 else time.max,
        weekdays=weekdays,
    )
    asked = at.replace(tzinfo=UTC)
    opens = next_open(open_hours, zone, asked)
    assert asked <= opens
    assert is_open(open_hours, zone, opens)
    between = [asked + (opens - asked) * part / 40 for part in range(40)]
    just_before = opens - timedelta(seconds=1)
    assert not any(is_open(open_hours, zone, each) for each in between if each < opens)
    assert just_before < asked or not is_open(open_hours, zone, just_before)
