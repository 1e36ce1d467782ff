"""A report's period is the last days or a calendar month."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.views.winback.command_texts import period_in
from flows.winback.results.period import Period

NOW = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def at(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "since", "until"),
    [
        ("2026-10", "UTC", at(2026, 10, 1), at(2026, 11, 1)),
        ("2026-9", "UTC", at(2026, 9, 1), at(2026, 10, 1)),
        ("2025-12", "UTC", at(2025, 12, 1), at(2026, 1, 1)),
        ("2026-11", "UTC", at(2026, 11, 1), NOW),
        ("2026-11", "Europe/Berlin", at(2026, 10, 31, 23), at(2026, 11, 30, 23)),
        ("2026-12", "Europe/Berlin", at(2026, 11, 30, 23), NOW),
        ("2026-10", "Europe/Berlin", at(2026, 9, 30, 22), at(2026, 10, 31, 23)),  # the clocks go back in it
        ("2026-02", "America/Santiago", at(2026, 2, 1, 3), at(2026, 3, 1, 3)),
    ],
)
def test_a_month_is_that_of_the_timezone(text: str, zone: str, since: datetime, until: datetime) -> None:
    assert Period.month(text, zone=ZoneInfo(zone), now=NOW) == Period(since=since, until=until)


NO_MONTHS = (
    "", "2026", "2026-00", "2026-13", "2026-12", "2027-01", "0000-01", "0001-01", "9999-12", "²026-11", "2026-11-01",
    "11/2026", "november", "-2026-11", "2026-1\u0661",
)  # fmt: skip


@pytest.mark.parametrize("text", NO_MONTHS)
def test_what_is_no_month_gets_one_sentence(text: str) -> None:
    assert Period.month(text, zone=UTC, now=NOW) is None
    if text:
        answer = period_in(text, zone=UTC, now=NOW)
        assert answer == "I know `30d`, `90d`, `12m` and any month that has begun, like `2026-11`."


def test_periods_are_called_by_their_name() -> None:
    assert period_in("", zone=UTC, now=NOW) == (Period(since=NOW - timedelta(days=30), until=NOW), "The last 30 days")
    october = Period(since=at(2026, 9, 30, 22), until=at(2026, 10, 31, 23))
    assert period_in("2026-10", zone=BERLIN, now=NOW) == (october, "October 2026")
    assert period_in("2026-12", zone=BERLIN, now=NOW) == (
        Period(since=at(2026, 11, 30, 23), until=NOW),
        "December 2026 so far",
    )
