"""In simulated worlds with a known lift, the interval covers it about 95 times in 100."""

from dataclasses import replace
from random import Random
from statistics import mean

import pytest

from domain.winback.lift import Lift, lift
from flows.ports.store import MeasuredCase
from flows.winback.results.metrics import arms
from tests.flows.winback.results.measured_cases import NOW, back, drawn

WORLDS = 400
PEOPLE = 500
HOLDOUT = 0.25
FEWEST, MOST = 368, 392  # of 400 at 95 %: all but 1 in 100 such counts lie within
WON = back()


def world(chance: Random, *, true_lift: float) -> list[MeasuredCase]:
    """People who come back by themselves more or less likely; staff pick many of the likeliest before the policy does.

    Whom they pick gets more than the policy gives, unless the draw forbids it.
    """
    people = []
    for _ in range(PEOPLE):
        likely, holdout = chance.uniform(0.02, 0.5), chance.random() < HOLDOUT
        picked = likely > 0.35 and chance.random() < 0.7
        gain = 0.0 if holdout else 0.3 if picked else true_lift
        won = chance.random() < likely + gain
        people.append(drawn(holdout=holdout, by_hand=picked, outcome=WON if won else None))
    return people


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


def test_counting_staff_picks_would_mislead() -> None:
    chance = Random(3)
    worlds = [world(chance, true_lift=0.0) for _ in range(50)]
    counted = [[_as_the_policys(each) for each in people] for people in worlds]
    only_offered = [[each for each in people if not _picked_and_offered(each)] for people in worlds]
    assert mean(told(people).difference for people in counted) > 0.04
    missing = [[_as_the_policys(each) for each in people] for people in only_offered]
    assert mean(told(people).difference for people in missing) < -0.02
    assert mean(told(people).difference for people in worlds) == pytest.approx(0.0, abs=0.02)


def _picked_and_offered(each: MeasuredCase) -> bool:
    return each.draw is not None and each.draw.by_hand and not each.draw.holdout


def _as_the_policys(each: MeasuredCase) -> MeasuredCase:
    return replace(each, draw=replace(each.draw, by_hand=False)) if each.draw is not None else each
