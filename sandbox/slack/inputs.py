"""What a person chooses or types in an element, in the shape of `state.values` and of actions."""

import re
from decimal import Decimal
from typing import Any

from sandbox.slack.state import Impossible
from sandbox.slack.views import View, elements

TYPED = {"plain_text_input", "number_input", "email_text_input", "url_text_input"}
ONE_OPTION = {"static_select", "radio_buttons", "overflow"}
SEVERAL_OPTIONS = {"multi_static_select", "checkboxes"}
PICKED = {
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
}
KEEPING = (TYPED | ONE_OPTION | SEVERAL_OPTIONS | set(PICKED)) - {"overflow"}
REQUIRED = "Please complete this required field."

Choice = str | int | list[str] | None


def value_of(element: dict[str, Any], choice: Choice) -> dict[str, Any]:
    """Return the element's entry in `state.values` once `choice` (option values, a date, a text) is made."""
    kind = element["type"]
    if kind in TYPED:
        return {"type": kind, "value": str(choice) if choice else None}
    if kind in ONE_OPTION:
        return {"type": kind, "selected_option": None if choice is None else _option(element, str(choice))}
    if kind in SEVERAL_OPTIONS:
        chosen = choice if isinstance(choice, list) else [] if choice is None else [choice]
        return {"type": kind, "selected_options": [_option(element, str(one)) for one in chosen]}
    if kind in PICKED:
        return {"type": kind, PICKED[kind]: choice}
    raise Impossible(f"nothing can be chosen in a {kind}")


def initial(element: dict[str, Any]) -> dict[str, Any] | None:
    """Return the element's entry before the person has touched it; None for elements that keep nothing."""
    kind = element["type"]
    if kind not in KEEPING:
        return None
    if kind in TYPED:
        return {"type": kind, "value": element.get("initial_value")}
    if kind in ONE_OPTION:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in SEVERAL_OPTIONS:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    return {"type": kind, PICKED[kind]: element.get(PICKED[kind].replace("selected", "initial"))}


def values(blocks: list[dict[str, Any]], state: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return `state.values` in full: what has been put in, and the initial values of the rest."""
    told: dict[str, dict[str, Any]] = {}
    for block, element in elements(blocks):
        block_id, action_id = block["block_id"], element["action_id"]
        entry = state.get(block_id, {}).get(action_id) or initial(element)
        if entry is not None:
            told.setdefault(block_id, {})[action_id] = entry
    return told


def fill(view: View, typed: dict[str, Choice]) -> None:
    """Put values into a view's elements, each named by its action_id or its block_id."""
    for name, choice in typed.items():
        block, element = find(view.blocks, name)
        view.state.setdefault(block["block_id"], {})[element["action_id"]] = value_of(element, choice)


def faults(view: View) -> dict[str, str]:
    """Return what the client itself refuses in a submission, by block_id: missing, too long or no such number."""
    told: dict[str, str] = {}
    entries = values(view.blocks, view.state)
    for block, element in elements(view.blocks):
        if block["type"] != "input":
            continue
        entry = entries[block["block_id"]][element["action_id"]]
        chosen = next(value for key, value in entry.items() if key != "type")
        if chosen in (None, [], ""):
            if not block.get("optional"):
                told[block["block_id"]] = REQUIRED
        elif element["type"] in TYPED and (fault := _typing_fault(element, chosen)):
            told[block["block_id"]] = fault
    return told


def find(
    blocks: list[dict[str, Any]], name: str, *, value: Choice = None, block_id: str | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the element with this action_id (or alone in the block of this id), and its block.

    Where buttons share an action_id, `value` or `block_id` tells which is meant.
    """
    found = [
        (block, element)
        for block, element in elements(blocks)
        if name in {element["action_id"], block["block_id"]} and block_id in {None, block["block_id"]}
    ]
    exact = [(block, element) for block, element in found if value is not None and element.get("value") == value]
    if not found:
        there = ", ".join(element["action_id"] for _, element in elements(blocks)) or "nothing"
        raise Impossible(f"there is no element {name!r} here, only {there}")
    return (exact or found)[0]


def _typing_fault(element: dict[str, Any], typed: str) -> str:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if not least <= len(typed) <= most:
        return f"Must be at least {least} characters." if len(typed) < least else f"Must be at most {most} characters."
    if element["type"] != "number_input":
        return ""
    if not re.fullmatch(r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+", typed):
        return "Enter a number." if element["is_decimal_allowed"] else "Enter a whole number."
    if Decimal(typed) < Decimal(element.get("min_value", typed)):
        return f"Must be at least {element['min_value']}."
    if Decimal(typed) > Decimal(element.get("max_value", typed)):
        return f"Must be at most {element['max_value']}."
    return ""


def _option(element: dict[str, Any], choice: str) -> dict[str, Any]:
    groups = element.get("option_groups") or [{"options": element.get("options", [])}]
    options: list[dict[str, Any]] = [option for group in groups for option in group["options"]]
    for option in options:
        if choice in {option["value"], option["text"]["text"]}:
            return option
    there = ", ".join(option["text"]["text"] for option in options)
    raise Impossible(f"there is no option {choice!r}, only {there}")
