"""Months as Stripe counts them: the anchor's day where there is one, else the month's last."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from domain.billing.periods import add_months, is_one_month, is_within_a_month, period_end
from tests.domain.billing.subscriptions import price


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("every", "anchor", "starts"),
    [
        (
            (1, "month"),
            "2027-01-31T10:00",
            ["2027-01-31T10:00", "2027-02-28T10:00", "2027-03-31T10:00", "2027-04-30T10:00"],
        ),
        ((1, "month"), "2027-12-30", ["2027-12-30", "2028-01-30", "2028-02-29", "2028-03-30"]),
        ((2, "month"), "2026-12-31", ["2027-04-30", "2027-06-30", "2027-08-31"]),
        ((3, "month"), "2026-11-30", ["2026-11-30", "2027-02-28", "2027-05-30"]),
        ((1, "year"), "2028-02-29", ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
        ((1, "week"), "2026-12-28", ["2026-12-28", "2027-01-04"]),
        ((10, "day"), "2027-02-20", ["2027-02-20", "2027-03-02"]),
    ],
)
def test_periods_follow_one_another(every: tuple[int, str], anchor: str, starts: list[str]) -> None:
    for start, following in pairwise(starts):
        assert period_end(day(start), price(every=every), anchor=day(anchor)) == day(following)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2027-03-31", 1, "2027-04-30"),
        ("2027-01-31", 12, "2028-01-31"),
        ("2028-02-29", 24, "2030-02-28"),
    ],
)
def test_months_are_added_on_the_calendar(start: str, months: int, end: str) -> None:
    assert add_months(day(start), months) == day(end)


@pytest.mark.parametrize(
    ("every", "one", "within"),
    [
        ((1, "month"), True, True),
        ((2, "month"), False, False),
        ((1, "year"), False, False),
        ((4, "week"), False, True),
        ((5, "week"), False, False),
        ((30, "day"), False, True),
        ((31, "day"), False, True),
        ((32, "day"), False, False),
    ],
)
def test_a_month_is_one_month_and_less_is_within_it(every: tuple[int, str], one: bool, within: bool) -> None:
    assert is_one_month(price(every=every)) == one
    assert is_within_a_month(price(every=every)) == within
