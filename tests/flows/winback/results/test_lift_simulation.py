"""In simulated worlds with a known lift, the interval covers it about 95 times in 100."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from random import Random
from statistics import mean

import pytest

from domain.billing.monthly_value import MonthlyValue
from domain.ids import PersonId
from domain.money import Money
from domain.winback.lift import Lift, NeverKnown, lift, months_until_known
from domain.winback.rule_matching import may_be_held_out
from flows.ports.store import HoldoutDraw, MeasuredCase
from tests.flows.winback.results.measured_cases import DAY, LONG_AGO, NOW, back, drawn, measured
from tests.flows.winback.results.reference import arms

WORLDS = 400
PEOPLE = 500
HOLDOUT = 0.25
FEWEST, MOST = 368, 392  # of 400 at 95%: all but 1 in 100 such counts lie within
WON = back()


def world(chance: Random, *, true_lift: float, below: Mapping[str, Money] | None = None) -> list[MeasuredCase]:
    """Return people who come back by themselves more or less likely; staff pick many of the likeliest.

    They pick the case that the policy decides, or a later one of the same person. Whom they pick gets more than the
    policy gives, unless the draw forbids it. `below`: besides, there are people who bring more than that a month, who
    come back more likely, by offers too, and aren't drawn.
    """
    cases = [_undrawn(chance, worth, below) for worth in (9900, 19900) for _ in range(PEOPLE // 4) if below]
    for _ in range(PEOPLE):
        likely, holdout = chance.uniform(0.02, 0.5), chance.random() < HOLDOUT
        picked, later = likely > 0.35 and chance.random() < 0.7, chance.random() < 0.5
        gain = 0.0 if holdout else 0.3 if picked else true_lift
        won = chance.random() < likely + gain
        first = drawn(holdout=holdout, picked=picked and not later, outcome=WON if won else None)
        cases.append(first)
        if picked and later:
            cases.append(measured(person_id=first.person_id, requested_at=LONG_AGO + 20 * DAY, picked=True))
    return cases


def told(people: list[MeasuredCase]) -> Lift:
    offered, held_out, _ = arms(people, by=NOW)
    answer = lift(offered, held_out)
    assert isinstance(answer, Lift)
    return answer


@pytest.mark.parametrize(("true_lift", "seed"), [(0.0, 1), (0.1, 2)])
def test_the_interval_covers_95_of_100(true_lift: float, seed: int) -> None:
    chance = Random(seed)
    lifts = [told(world(chance, true_lift=true_lift)) for _ in range(WORLDS)]
    assert FEWEST <= sum(each.low <= true_lift <= each.high for each in lifts) <= MOST
    assert mean(each.difference for each in lifts) == pytest.approx(true_lift, abs=0.01)


def test_people_above_the_bound_change_nothing() -> None:
    true_lift, below, chance = 0.1, {"eur": Money(5000, "eur")}, Random(6)
    worlds = [world(chance, true_lift=true_lift, below=below) for _ in range(WORLDS)]
    lifts = [told(people) for people in worlds]
    assert FEWEST <= sum(each.low <= true_lift <= each.high for each in lifts) <= MOST
    assert mean(each.difference for each in lifts) == pytest.approx(true_lift, abs=0.01)
    # Counted with those who are offered something, they would mislead.
    as_offered = [
        replace(each, draw=each.draw or HoldoutDraw(at=LONG_AGO, holdout=False))
        for each in worlds[0]
        if not each.picked
    ]
    assert told(as_offered).difference > true_lift + 0.1


def test_counting_staff_picks_would_mislead() -> None:
    chance = Random(3)
    worlds = [world(chance, true_lift=0.0) for _ in range(50)]
    counted = [[replace(each, picked=False) for each in cases] for cases in worlds]
    only_later = [[each if each.draw else replace(each, picked=False) for each in cases] for cases in worlds]
    without_offered = [
        [replace(each, picked=False) for each in cases if each.person_id not in _picked_and_offered(cases)]
        for cases in worlds
    ]
    assert mean(told(cases).difference for cases in counted) > 0.04
    assert mean(told(cases).difference for cases in only_later) > 0.02  # a pick of another case misleads as well
    assert mean(told(cases).difference for cases in without_offered) < -0.02
    assert mean(told(cases).difference for cases in worlds) == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize("people_a_month", [100, 127, 400])
def test_a_year_tells_what_the_forecast_says(people_a_month: int) -> None:
    """What a year holds gives the lift to five points exactly where the forecast doesn't say "never"."""
    forecast = months_until_known(people_a_month=Decimal(people_a_month), holdout=Decimal("0.1"), back=Decimal("0.1"))
    chance, reach = Random(4), []
    for _ in range(100):
        held_out = [chance.random() < 0.1 for _ in range(people_a_month * 365 // 30)]
        cases = [drawn(holdout=each, outcome=WON if chance.random() < 0.1 else None) for each in held_out]
        reach.append((told(cases).high - told(cases).low) / 2)
    assert (mean(reach) > 0.052) is isinstance(forecast, NeverKnown)


def _undrawn(chance: Random, worth: int, below: Mapping[str, Money] | None) -> MeasuredCase:
    value = Money(worth, "eur")
    assert not may_be_held_out(MonthlyValue(now=value, would_be=value, usage_based=False), below or {})
    return measured(monthly=value, rule="price", offered=True, outcome=WON if chance.random() < 0.8 else None)


def _picked_and_offered(cases: list[MeasuredCase]) -> set[PersonId]:
    picked = {each.person_id for each in cases if each.picked}
    return {each.person_id for each in cases if each.draw and not each.draw.holdout and each.person_id in picked}
