from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from wording.dates import day, day_and_time, full_day, tenure
from wording.grammar import count, ordinal

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 21, 5, tzinfo=UTC)


def test_a_day_has_its_year_only_where_it_is_another() -> None:
    assert day(datetime(2026, 12, 3, tzinfo=UTC), now=NOW, zone=UTC) == "3 Dec"
    assert day(datetime(2027, 12, 3, tzinfo=UTC), now=NOW, zone=UTC) == "3 Dec 2027"


def test_a_day_is_that_of_the_readers_zone() -> None:
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert day(new_year, now=NOW, zone=UTC) == "31 Dec"
    assert day(new_year, now=NOW, zone=BERLIN) == "1 Jan 2027"
    assert full_day(new_year, zone=BERLIN) == "1 Jan 2027"


def test_a_moment_names_its_zone() -> None:
    moment = datetime(2026, 12, 3, 14, 5, tzinfo=UTC)
    assert day_and_time(moment, zone=UTC) == "Thu, 3 Dec 2026, 14:05 UTC"
    assert day_and_time(moment, zone=BERLIN) == "Thu, 3 Dec 2026, 15:05 CET"
    assert day_and_time(moment, zone=UTC, locale="en_US") == "Thu, Dec 3, 2026, 14:05 UTC"


END_OF_JANUARY = datetime(2026, 1, 31, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "now", "expected"),
    [
        (datetime(2025, 8, 22, tzinfo=UTC), NOW, "customer for 1 year 3 months"),
        (datetime(2024, 11, 22, tzinfo=UTC), NOW, "customer for 2 years"),
        (datetime(2026, 10, 23, tzinfo=UTC), NOW, "customer for 30 days"),
        (datetime(2026, 10, 22, tzinfo=UTC), NOW, "customer for 1 month"),
        (datetime(2026, 11, 21, tzinfo=UTC), NOW, "customer for 1 day"),
        (datetime(2026, 11, 22, tzinfo=UTC), NOW, "customer since today"),
        (END_OF_JANUARY, datetime(2026, 2, 27, tzinfo=UTC), "customer for 27 days"),
        (END_OF_JANUARY, datetime(2026, 2, 28, tzinfo=UTC), "customer for 1 month"),
        (END_OF_JANUARY, datetime(2026, 3, 30, tzinfo=UTC), "customer for 1 month"),
        (END_OF_JANUARY, datetime(2026, 3, 31, tzinfo=UTC), "customer for 2 months"),
        (END_OF_JANUARY, datetime(2026, 4, 30, tzinfo=UTC), "customer for 3 months"),
        (END_OF_JANUARY, datetime(2027, 1, 31, tzinfo=UTC), "customer for 1 year"),
    ],
)
def test_tenure_counts_whole_months(since: datetime, now: datetime, expected: str) -> None:
    assert tenure(since, now=now, zone=UTC) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, "first"), (2, "second"), (9, "ninth"), (10, "10th"), (11, "11th"), (21, "21st"), (22, "22nd"), (113, "113th")],
)
def test_ordinals(number: int, expected: str) -> None:
    assert ordinal(number) == expected


def test_a_number_agrees_with_its_noun() -> None:
    assert [count(0, "time"), count(1, "time"), count(5000, "time")] == ["0 times", "1 time", "5,000 times"]
    assert count(2, "try", "tries") == "2 tries"
