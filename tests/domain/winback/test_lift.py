"""The lift's interval is Newcombe's, as published; too few people give no figure."""

from decimal import Decimal

import pytest

from domain.winback.lift import (
    MIN_PEOPLE,
    Arm,
    Lift,
    NeverKnown,
    TooFew,
    difference_of,
    lift,
    months_until_known,
    wilson,
)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_intervals_match_newcombes_table(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe 1998, table II, the row of method 10."""
    arms = [Arm(people=people, won=won) for won, people in (first, second)]
    difference, got_low, got_high = difference_of(*arms)
    assert difference == pytest.approx(first[0] / first[1] - second[0] / second[1])
    assert got_low == pytest.approx(low, abs=0.00005)
    assert got_high == pytest.approx(high, abs=0.00005)


def test_a_share_has_wilsons_interval() -> None:
    """Newcombe's companion paper of 1998 on one proportion, table I, gives 0.0000 to 0.1611 for 0 of 20."""
    assert wilson(Arm(people=20, won=0)) == pytest.approx((0.0, 0.1611), abs=0.00005)
    assert wilson(Arm(people=263, won=81)) == pytest.approx((0.2553, 0.3662), abs=0.00005)
    assert wilson(Arm(people=0, won=0)) == (0.0, 1.0)


def test_swapping_the_arms_changes_the_sign() -> None:
    first, second = Arm(people=70, won=56), Arm(people=80, won=48)
    difference, low, high = difference_of(first, second)
    assert difference_of(second, first) == pytest.approx((-difference, -high, -low))


def test_too_few_people_give_no_lift() -> None:
    enough, few = Arm(people=MIN_PEOPLE, won=5), Arm(people=MIN_PEOPLE - 1, won=5)
    assert lift(enough, few) == TooFew(offered=enough, held_out=few)
    assert lift(few, enough) == TooFew(offered=few, held_out=enough)
    told = lift(enough, enough)
    assert isinstance(told, Lift)
    assert (told.difference, told.low < 0 < told.high) == (0, True)


def test_nobody_is_won_twice() -> None:
    with pytest.raises(ValueError, match="more people were won"):
        Arm(people=3, won=4)


@pytest.mark.parametrize(
    ("people", "holdout", "back", "months"),
    [
        ("127", "0.1", "0.1", 18),  # 0.09 * (10 + 10/9) * (1.96 / 0.05)² = 1537 people
        ("1000", "0.1", "0.1", 7),
        ("100", "0.5", "0.1", 11),  # 0.09 * 4 * 1536.6 = 553
        ("100", "0.1", "0", 14),  # as if 5% came back: 811 people
        ("1000", "0.01", "0.05", 13),  # 7371 people
    ],
)
def test_the_months_needed_follow_the_volume(people: str, holdout: str, back: str, months: int) -> None:
    assert months_until_known(people_a_month=Decimal(people), holdout=Decimal(holdout), back=Decimal(back)) == months


@pytest.mark.parametrize(("people", "needed", "a_year"), [("126", 1537, 1533), ("10", 1537, 121)])
def test_a_year_with_too_few_people_never_tells(people: str, needed: int, a_year: int) -> None:
    """The lift is that of one rolling year, so waiting longer doesn't help."""
    forecast = months_until_known(people_a_month=Decimal(people), holdout=Decimal("0.1"), back=Decimal("0.1"))
    assert forecast == NeverKnown(needed=needed, people_a_year=a_year)


@pytest.mark.parametrize(("people", "holdout"), [("0", "0.1"), ("100", "0"), ("100", "1")])
def test_without_a_holdout_it_is_never_known(people: str, holdout: str) -> None:
    assert months_until_known(people_a_month=Decimal(people), holdout=Decimal(holdout), back=Decimal("0.1")) is None
