"""How much working time a step leaves a manager to decide and the customer to accept."""

from collections.abc import Iterator
from datetime import time, timedelta

from bot.policy.rule_texts import duration_text
from domain.winback.offer import CallBack
from domain.winback.policy import Limits, Rule, SendingHours, Step

WORKING_DAYS_NEEDED = 2
_QUARTER = timedelta(minutes=15)
_QUARTERS_A_DAY = 96
_QUARTERS_A_WEEK = 7 * _QUARTERS_A_DAY


def time_warnings(rule: Rule, limits: Limits) -> Iterator[str]:
    """Yield a sentence for each step that can leave fewer than two working days."""
    for number, step in enumerate(rule.steps, start=1):
        if isinstance(step.offer, CallBack):
            continue
        left, key = _time_left(step, limits)
        least = least_working_days(left, limits.hours)
        if least < WORKING_DAYS_NEEDED:
            yield (
                f'rule "{rule.name}", steps[{number}]: leaves manager and customer {duration_text(left)} together '
                f"({key}), in which fewer than two working days can lie. Write more, such as 7 days."
            )


def least_working_days(span: timedelta, hours: SendingHours) -> float:
    """Return how many working days lie in a span at least, whatever quarter of an hour it ends at.

    Working days are those on which emails go out, with their hours.
    """
    week = [
        day in hours.weekdays and hours.start <= _clock(quarter) < hours.end
        for day in range(7)
        for quarter in range(_QUARTERS_A_DAY)
    ]
    a_day = sum(_clock(quarter) >= hours.start and _clock(quarter) < hours.end for quarter in range(_QUARTERS_A_DAY))
    weeks, rest = divmod(span // _QUARTER, _QUARTERS_A_WEEK)
    within = sum(week[:rest])
    least = within
    for end in range(rest, rest + _QUARTERS_A_WEEK):
        within += week[end % _QUARTERS_A_WEEK] - week[(end - rest) % _QUARTERS_A_WEEK]
        least = min(least, within)
    return (weeks * sum(week) + least) / a_day if a_day else 0


def _time_left(step: Step, limits: Limits) -> tuple[timedelta, str]:
    """Return how long both have together at most, and what says so."""
    open_for = limits.proposal_lifetime + limits.offer_lifetime
    if step.when.anchor == "before_end" and step.when.span < open_for:
        return step.when.span, "before_end"
    return open_for, "limits.proposal_lifetime and limits.offer_lifetime"


def _clock(quarter: int) -> time:
    return time(quarter // 4, quarter % 4 * 15)
