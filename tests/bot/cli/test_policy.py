"""`winback policy`: a file is checked without any settings, and each email is shown as somebody would get it."""

from pathlib import Path
from textwrap import indent

import pytest

from bot.policy import built_in
from tests.bot.operator import Operator

ROOT = Path(__file__).parents[3]


async def test_built_in_policy_has_no_faults(operator: Operator) -> None:
    shown = await operator.types("policy", "show")
    checked = await operator.types("policy", "check", operator.writes("mine.toml", shown.out))

    assert (shown.status, shown.out) == (0, built_in())
    assert (checked.status, checked.err) == (0, "")
    assert "3. too expensive: who says: too expensive" in checked.lines
    assert "   - 7 days before the end: a lighter plan at its full price" in checked.lines
    assert "   - 14 days after the end: 20% off 3 invoices (a manager may go up to 25%)" in checked.lines
    assert "Reminder: one email, 3 days before an offer ends." in checked.lines
    assert checked.lines[-1] == "8 rules, no fault."
    letters = [line for line in checked.lines if line.strip().startswith("Subject: ")]
    assert len(letters) == 6  # of eight steps one is a talk, and one rule has none
    assert "     That is €39.20 each instead of €49." in checked.lines


async def test_rule_text_is_in_its_email(operator: Operator) -> None:
    text = """
[[rules]]
name = "ours"

  [[rules.steps]]
  after = "2 hours"
  offer = "restart"
  subject = "Before you leave {{ company }}"
  text = "We are sorry, {{ name }}.\\n\\nIt was {{ plan }}."
"""

    said = await operator.types("policy", "check", operator.writes("mine.toml", text))

    assert said.status == 0
    assert "     Subject: Before you leave Your company" in said.lines
    assert "     We are sorry, Dana Reyes." in said.lines


async def test_every_fault_is_said_at_once(operator: Operator) -> None:
    text = """
[limits]
percents = 20
cooldown = "soon"

[[rules]]
name = "dear"

  [[rules.steps]]
  after = "2 hours"
  offer = "discount"
"""

    said = await operator.types("policy", "check", operator.writes("winback.toml", text))

    assert (said.status, said.out) == (1, "")
    assert said.err.splitlines() == [
        'winback.toml: limits.cooldown: isn\'t a duration: write it like "2 hours", "3 days" or "2 weeks".',
        "winback.toml: limits.percents: is an unknown key: did you mean percent?",
        'winback.toml: rule "dear", steps[1]: discount needs percent or amount, not both.',
        "3 faults.",
    ]
    assert indent(said.err, "    ") in (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[limits]\npercent = = 3", "mine.toml: It isn't valid TOML: Invalid value (at line 2, column 11)"),
        ("\xff", None),
    ],
)
async def test_unreadable_file_names_the_line(operator: Operator, text: str, fault: str | None) -> None:
    if fault is None:
        (operator.directory / "mine.toml").write_bytes(text.encode("latin-1"))
        fault = "mine.toml: it isn't in UTF-8; save it with that encoding."
    else:
        operator.writes("mine.toml", text)

    said = await operator.types("policy", "check", str(operator.directory / "mine.toml"))

    assert said.status == 1
    assert said.err.splitlines() == [fault, "1 fault."]


async def test_check_defaults_to_the_settings_file(operator: Operator) -> None:
    name = operator.writes("mine.toml", "[[rules]]\nname = 'all'\n")

    said = await operator.types("policy", "check", POLICY_FILE=name)

    assert said.lines[0] == "1. all: everybody"
    assert said.lines[-1] == "1 rule, no fault."
