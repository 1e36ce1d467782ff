"""A step before the end leaves a manager and the customer two working days together, or the check warns."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest

from bot.policy import PolicyFile, built_in, read_policy
from bot.policy.working_time import least_working_days
from domain.winback.sending_hours import is_open
from flows.winback.policy.deadlines import expires_at
from tests.domain.winback.decisions import decided
from tests.domain.winback.leaving_customers import DAY, PENDING, case, item, limits, price, snapshot

QUARTER = timedelta(minutes=15)
RULE = """
[[rules]]
name = "any"
  [[rules.steps]]
  {when}
  offer = "restart"
"""


def read(text: str) -> PolicyFile:
    return read_policy(text, zone=ZoneInfo("Europe/Berlin"), internal_domains=frozenset())


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu"])
def test_built_in_steps_leave_two_working_days(zone: str) -> None:
    policy = replace(read(built_in()).policy, zone=ZoneInfo(zone))
    # The clocks go back on the 25th, in the middle of these ends.
    ends = [datetime(2026, 10, 21, tzinfo=UTC) + number * QUARTER for number in range(7 * 96)]
    begins = ends[0] - 8 * DAY
    opened = [is_open(policy.limits.hours, ZoneInfo(zone), begins + number * QUARTER) for number in range(16 * 96)]
    until = [0, *accumulate(map(int, opened))]
    for ends_at in ends:
        leaving = replace(PENDING, cancel_at=ends_at, items=(item(price("4900"), until=ends_at),), anchor_at=ends_at)
        about = snapshot(leaving, about=case(feedback="unused", requested_at=ends_at - 20 * DAY), paid_months=5)
        looks_at = decided(about, by=policy, at=ends_at - 20 * DAY).look_again_at
        assert looks_at is not None
        decision = decided(about, by=policy, at=looks_at)
        assert decision.terms is not None, decision.rejected
        assert decision.last_useful_at is not None
        assert expires_at(policy, last_useful_at=decision.last_useful_at, now=looks_at) > looks_at
        first, last = (-((begins - each) // QUARTER) for each in (looks_at, decision.last_useful_at))
        assert until[last] - until[first] >= 2 * 9 * 4, ends_at


@pytest.mark.parametrize(
    ("days", "least"), [(1, 0), (2, 0), (3, 1), (4, 2), (5, 3), (6, 4), (7, 5), (8, 5), (9, 5), (14, 10)]
)
def test_working_days_are_counted_in_the_worst_week(days: int, least: int) -> None:
    assert least_working_days(days * DAY, limits().hours) == least


@pytest.mark.parametrize(
    ("when", "head", "warned"),
    [
        ('before_end = "7 days"', "", False),
        ('before_end = "4 days"', "", False),
        ('before_end = "3 days"', "", True),
        ('before_end = "7 days"', '[hours]\nweekdays = ["mon"]', True),
        ('before_end = "7 days"', '[hours]\nweekdays = ["mon", "tue"]', False),
        ('before_end = "3 days"', '[hours]\nweekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]', False),
        ('after_end = "14 days"', "", False),
        (
            'after_end = "14 days"',
            '[limits]\nproposal_lifetime = "1 day"\noffer_lifetime = "1 day"\nremind_before_end = "0 days"',
            True,
        ),
    ],
)
def test_too_little_time_is_warned_of(when: str, head: str, warned: bool) -> None:
    found = read(head + RULE.format(when=when)).warnings
    assert any("fewer than two working days" in each for each in found) == warned, found
