"""`docs/measuring.md` says what the code counts."""

import re
from datetime import timedelta
from pathlib import Path

from domain.winback.lift import MIN_PEOPLE, Arm, Lift, lift
from domain.winback.outcome import EMAIL_EFFECT, FINAL_AFTER, FIRST_CHECK, RETURN_WINDOW, SECOND_CHECK
from flows.winback.results.metrics import LEAST_SHOWN

PAGE = (Path(__file__).parents[4] / "docs" / "measuring.md").read_text(encoding="utf-8")


def row(name: str) -> tuple[Arm, str]:
    """Read a row of the page's example: the people, and the share as it is written."""
    found = re.search(rf"^\| {name} \| (\d+) \| (\d+) \| ([\d.]+)% \|$", PAGE, re.MULTILINE)
    assert found, name
    people, won, share = found.groups()
    return Arm(people=int(people), won=int(won)), share


def points(share: float) -> str:
    """Write a share as the page does, in points with their sign."""
    return f"{100 * share:+.1f}".replace("-", "\N{MINUS SIGN}")


def test_the_example_matches_the_code() -> None:
    (offered, its_share), (held_out, other_share) = row("an offer was decided"), row("holdout")
    assert (f"{100 * offered.share:.1f}", f"{100 * held_out.share:.1f}") == (its_share, other_share)
    told = lift(offered, held_out)
    assert isinstance(told, Lift)
    written = re.findall(r"\*\*([+\N{MINUS SIGN}][\d.]+)(?: points)?\*\*", PAGE)
    assert written == [points(told.difference), points(told.low), points(told.high)]
    assert told.low < 0 < told.high  # as the sentence below the table says


def test_the_periods_match_the_code() -> None:
    for sentence, span in (
        (r"within (\d+) days of a win-back email", EMAIL_EFFECT),
        (r"paid within (\d+) days of the decision", RETURN_WINDOW),
        (r"that ended (\d+) days ago", FINAL_AFTER),
        (r"and (\d+) days later they were still there", FIRST_CHECK),
        (r"\*\*(\d+)\*\* and \*\*90 days\*\* after that invoice", FIRST_CHECK),
        (r"\*\*30\*\* and \*\*(\d+) days\*\* after that invoice", SECOND_CHECK),
    ):
        found = re.search(sentence, PAGE)
        assert found, sentence
        assert timedelta(days=int(found[1])) == span
    assert f"fewer than {MIN_PEOPLE} people on either side" in PAGE
    assert (LEAST_SHOWN, "fewer than three cases" in PAGE) == (3, True)
