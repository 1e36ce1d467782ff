"""When a digest is due, and which days it is about."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from domain.results.digest import DigestRhythm, due_period, period_until

BERLIN = ZoneInfo("Europe/Berlin")
NINE = time(9)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("rhythm", "now", "since", "until"),
    [
        ("weekly", "2026-03-16T07:59:59", "2026-03-02T08:00", "2026-03-09T08:00"),
        ("weekly", "2026-03-16T08:00:00", "2026-03-09T08:00", "2026-03-16T08:00"),
        ("weekly", "2026-03-22T23:00:00", "2026-03-09T08:00", "2026-03-16T08:00"),
        ("weekly", "2026-03-30T07:00:00", "2026-03-23T08:00", "2026-03-30T07:00"),  # the clocks went forward
        ("daily", "2026-03-11T08:00:00", "2026-03-10T08:00", "2026-03-11T08:00"),
        ("daily", "2026-03-11T07:59:00", "2026-03-09T08:00", "2026-03-10T08:00"),
        ("daily", "2026-03-15T12:00:00", "2026-03-12T08:00", "2026-03-13T08:00"),  # a Sunday
        ("daily", "2026-03-16T08:00:00", "2026-03-13T08:00", "2026-03-16T08:00"),
    ],
)
def test_the_newest_period_that_has_ended(rhythm: DigestRhythm, now: str, since: str, until: str) -> None:
    period = due_period(rhythm, at=NINE, zone=BERLIN, now=at(now))
    assert period is not None
    assert (period.since, period.until) == (at(since), at(until))


def test_off_has_no_period() -> None:
    assert due_period("off", at=NINE, zone=UTC, now=at("2026-03-16T12:00")) is None


def test_the_period_before_is_as_many_days_long() -> None:
    period = period_until(at("2026-04-01T07:00"), days=7, zone=BERLIN)
    assert (period.before_since, period.since) == (at("2026-03-18T08:00"), at("2026-03-25T08:00"))
