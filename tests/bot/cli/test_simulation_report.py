"""The last line of a simulation: when the lift would be known, and with which holdout."""

from decimal import Decimal

import pytest

from bot.cli.simulation_report import as_json, as_text
from domain.winback.lift import NeverKnown
from flows.winback.policy.simulate import SimulationResult

NEVER = NeverKnown(needed=1537, people_a_year=120)


def simulated(months: int | NeverKnown | None, holdout: str, *, held_out: bool) -> SimulationResult:
    return SimulationResult(
        cases=3, gone=0, offers=(), without=(), cost=(), months=months, holdout=Decimal(holdout), is_held_out=held_out
    )


NOBODY = "Nobody is held out (limits.holdout is 0), so the lift isn't measured. "
VOLUME = "to know the lift to ±5 points takes about 1,537 people within a year, and a year brings about 120."


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (simulated(9, "0.1", held_out=True), "At your volume about 9 months until the lift is known to ±5 points."),
        (
            simulated(9, "0.2", held_out=False),
            f"{NOBODY}With 20% of people held out it would be known to ±5 points in about 9 months.",
        ),
        (simulated(NEVER, "0.1", held_out=True), f"Never at this volume: {VOLUME}"),
        (
            simulated(NEVER, "0.5", held_out=False),
            f"{NOBODY}Never at this volume, even with 50% of people held out: {VOLUME}",
        ),
        (
            simulated(None, "0.1", held_out=True),
            "At your volume the lift would never be known: nobody gets an offer, or everybody is held out.",
        ),
    ],
)
def test_the_lift_is_told_with_its_holdout(found: SimulationResult, line: str) -> None:
    assert as_text(found).splitlines()[-1] == line


def test_json_names_the_months_only_with_a_holdout() -> None:
    assert as_json(simulated(9, "0.2", held_out=True))["months_until_lift_is_known"] == 9
    assert as_json(simulated(9, "0.2", held_out=False))["months_until_lift_is_known"] is None
