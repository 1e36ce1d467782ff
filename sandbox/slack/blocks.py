"""Judges the Block Kit of messages and views as Slack does, and says no in Slack's words."""

import json
from collections import Counter
from typing import Any

from sandbox.slack.block_shapes import SURFACES
from sandbox.slack.refusal import Refusal
from sandbox.slack.shape import Report, array, boolean, by_type, fault, one_of, plain, record, string
from sandbox.slack.views import elements

MOST_IN_MESSAGE = 50
MOST_IN_VIEW = 100
MOST_CHARACTERS = 13_200  # undocumented; measured by others, see slackapi/bolt-js issue 2509
MOST_MARKDOWN = 12_000
MOST_TABLE = 10_000
MOST_CHARTS = 2
LARGEST_VIEW = 250_000


def check_message(blocks: Any, *, charts_allowed: bool) -> list[dict[str, Any]]:
    """Return a message's blocks when Slack would take them.

    Raises Refusal `invalid_blocks` (each fault with its pointer), or `msg_blocks_too_long`. Without `charts_allowed`
    the workspace has not got `data_visualization` yet (Slack rolls it out in phases).
    """
    if isinstance(blocks, str):
        blocks = _decoded(blocks, "invalid_blocks_format")
    report: Report = []
    _check_blocks(blocks, "message", "/blocks", MOST_IN_MESSAGE, report, charts_allowed=charts_allowed)
    if not report:
        _check_sums(blocks, report)
    if report:
        raise _refused("invalid_blocks", report)
    if sum(_characters(block) for block in blocks) > MOST_CHARACTERS:
        raise Refusal("msg_blocks_too_long")
    return list(blocks)


def check_view(view: Any, *, surface: str = "modal", charts_allowed: bool = True) -> dict[str, Any]:
    """Return a view when Slack would show it on `surface` (`modal` or `home`).

    Raises Refusal `invalid_arguments` (each fault with its pointer), or `view_too_large`.
    """
    if isinstance(view, str):
        view = _decoded(view, "invalid_arguments")
    if len(json.dumps(view)) > LARGEST_VIEW:
        raise Refusal("view_too_large")
    report: Report = []
    required = {"blocks": _anything, "type": one_of(surface)}
    optional = {"callback_id": string(255, 0), "private_metadata": string(3000, 0), "external_id": string(255, 0)}
    if surface == "modal":
        required["title"] = plain(24)
        optional |= {"submit": plain(24), "close": plain(24)}
        optional |= dict.fromkeys(("clear_on_close", "notify_on_close", "submit_disabled"), boolean)
    record(required, optional)(view, "/view", report)
    if not report:
        blocks = view["blocks"]
        _check_blocks(blocks, surface, "/view/blocks", MOST_IN_VIEW, report, charts_allowed=charts_allowed)
        if surface == "modal" and not report and "submit" not in view and any(b["type"] == "input" for b in blocks):
            fault(report, "/view/submit", "must define `submit` to use an `input` block in modals")
    if report:
        raise _refused("invalid_arguments", report)
    return dict(view)


def _check_blocks(blocks: Any, surface: str, pointer: str, most: int, report: Report, *, charts_allowed: bool) -> None:
    shapes = SURFACES[surface]
    if not charts_allowed:
        shapes = {kind: shape for kind, shape in shapes.items() if kind != "data_visualization"}
    array(by_type(shapes), most, 0)(blocks, pointer, report)
    if report:
        return
    for block_id in _repeated(block.get("block_id") for block in blocks):
        fault(report, pointer, f"block_id {block_id!r} already exists")
    for place, block in enumerate(blocks):
        for action_id in _repeated(element.get("action_id") for _, element in elements([block])):
            fault(report, f"{pointer}/{place}", f"action_id {action_id!r} already exists")
    focused = [element for _, element in elements(blocks) if element.get("focus_on_load")]
    if len(focused) > 1:
        fault(report, pointer, "only one element may have focus_on_load")


def _check_sums(blocks: list[dict[str, Any]], report: Report) -> None:
    kinds = Counter(block["type"] for block in blocks)
    if kinds["table"] > 1:
        fault(report, "/blocks", "only_one_table_allowed")
    if kinds["data_visualization"] > MOST_CHARTS:
        fault(report, "/blocks", f"no more than {MOST_CHARTS} data_visualization blocks allowed")
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MOST_MARKDOWN:
        fault(report, "/blocks", f"markdown must be less than {MOST_MARKDOWN + 1} characters in all")
    if sum(_characters(block) for block in blocks if block["type"] == "table") > MOST_TABLE:
        fault(report, "/blocks", f"tables must be less than {MOST_TABLE + 1} characters in all")


def _characters(value: Any) -> int:
    """Count the characters of all texts in a block."""
    if isinstance(value, list):
        return sum(_characters(entry) for entry in value)
    if not isinstance(value, dict):
        return 0
    own = value.get("text")
    return (len(own) if isinstance(own, str) else 0) + sum(_characters(entry) for entry in value.values())


def _repeated(ids: Any) -> list[str]:
    return [one for one, times in Counter(ids).items() if one is not None and times > 1]


def _anything(value: Any, pointer: str, report: Report) -> None:
    """Accept any blocks: they are checked by themselves, once the view around them is in order."""


def _decoded(value: str, error: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        raise Refusal(error) from None


def _refused(error: str, report: Report) -> Refusal:
    return (
        Refusal(error, messages=report, errors=report) if error == "invalid_blocks" else Refusal(error, messages=report)
    )
