"""What a client refuses before an app hears of it, and what typed elements tell."""

from typing import Any

import pytest

from sandbox.slack.inputs import REQUIRED, faults, fill
from sandbox.slack.views import View

NUMBER = {"type": "number_input", "is_decimal_allowed": False, "min_value": "5", "max_value": "30"}
AMOUNT = {"type": "number_input", "is_decimal_allowed": True}
WORDS = {"type": "plain_text_input", "min_length": 3, "max_length": 5}


def view_with(element: dict[str, Any], *, optional: bool = False) -> View:
    block = {
        "type": "input",
        "block_id": "b",
        "optional": optional,
        "label": {"type": "plain_text", "text": "How much"},
        "element": {"action_id": "a", **element},
    }
    content = {"type": "modal", "title": {"type": "plain_text", "text": "Change"}, "blocks": [block]}
    return View(id="V1", user="U1", team_id="T1", app_id="A1", bot_id="B1", content=content)


@pytest.mark.parametrize(
    ("element", "typed", "fault"),
    [
        (NUMBER, "20", None),
        (NUMBER, "5", None),
        (NUMBER, "30", None),
        (NUMBER, "4", "Must be at least 5."),
        (NUMBER, "31", "Must be at most 30."),
        (NUMBER, "-20", "Must be at least 5."),
        (NUMBER, "20.5", "Enter a whole number."),
        (NUMBER, "1e9", "Enter a whole number."),
        (NUMBER, "", REQUIRED),
        (AMOUNT, "20.5", None),
        (AMOUNT, "-5", None),
        (AMOUNT, "5,00", "Enter a number."),
        (WORDS, "fine", None),
        (WORDS, "no", "Must be at least 3 characters."),
        (WORDS, "too long", "Must be at most 5 characters."),
    ],
)
def test_what_is_typed_is_held_against_its_element(element: dict[str, Any], typed: str, fault: str | None) -> None:
    """Slack: number input (min_value, max_value, is_decimal_allowed), plain-text input (min_length, max_length)."""
    view = view_with(element)
    fill(view, {"a": typed})
    assert faults(view).get("b") == fault


def test_an_optional_element_may_stay_empty() -> None:
    view = view_with(WORDS, optional=True)
    fill(view, {"a": ""})
    assert faults(view) == {}
