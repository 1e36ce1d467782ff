"""The shapes and limits of Block Kit's blocks, and which of them each surface takes (Slack: "Blocks")."""

from typing import Any

from sandbox.slack.element_shapes import (
    ID,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_INPUT,
    IN_SECTION,
    RICH_TEXT,
    SLACK_FILE,
    image_source,
)
from sandbox.slack.shape import (
    Check,
    Report,
    array,
    boolean,
    by_type,
    fault,
    number,
    one_of,
    plain,
    positive,
    record,
    string,
    text,
)

CHARTS = {"line", "bar", "area"}


def _text_or_fields(value: dict[str, Any], pointer: str, report: Report) -> None:
    if "text" not in value and "fields" not in value:
        fault(report, pointer, "missing required field: text or fields")


def _same_categories(value: dict[str, Any], pointer: str, report: Report) -> None:
    categories = value["axis_config"]["categories"]
    for place, series in enumerate(value["series"]):
        if [point["label"] for point in series["data"]] != categories:
            fault(report, f"{pointer}/series/{place}/data", "must have a value for every category")


def _block(required: dict[str, Check], optional: dict[str, Check] | None = None, *, also: Check | None = None) -> Check:
    return record(required, {"block_id": ID} | (optional or {}), also=also)


RICH_TEXT_BLOCK = _block({"elements": array(RICH_TEXT, 100)})
CELL = by_type(
    {
        "raw_text": record({"text": string(3000)}),
        "raw_number": record({"value": number, "text": string(3000)}),
        "rich_text": RICH_TEXT_BLOCK,
    }
)
POINTS = array(record({"label": string(20), "value": number}), 20)
AXES = record({"categories": array(string(20), 20)}, {"x_label": string(50), "y_label": string(50)})
GRAPH = record(
    {"series": array(record({"name": string(20), "data": POINTS}), 6), "axis_config": AXES}, also=_same_categories
)
SEGMENTS = array(record({"label": string(20), "value": positive}), 12)
CHART = by_type({**dict.fromkeys(sorted(CHARTS), GRAPH), "pie": record({"segments": SEGMENTS})})

EVERYWHERE: dict[str, Check] = {
    "section": _block(
        {},
        {"text": text(3000), "fields": array(text(2000), 10), "accessory": IN_SECTION, "expand": boolean},
        also=_text_or_fields,
    ),
    "divider": _block({}),
    "header": _block({"text": plain(150)}),
    "image": _block(
        {"alt_text": string(2000)},
        {"title": plain(2000), "image_url": string(3000), "slack_file": SLACK_FILE},
        also=image_source,
    ),
    "context": _block({"elements": array(IN_CONTEXT, 10)}),
    "actions": _block({"elements": array(IN_ACTIONS, 25)}),
    "input": _block(
        {"label": plain(2000), "element": IN_INPUT},
        {"hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": RICH_TEXT_BLOCK,
}
TABLE = _block(
    {"rows": array(array(CELL, 20), 100)},
    {"column_settings": array(record({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean}), 20, 0)},
)
DATA_VISUALIZATION = _block({"title": string(50), "chart": CHART})
ALERT = _block({"text": text(3000)}, {"level": one_of("default", "info", "warning", "error", "success")})

SURFACES: dict[str, dict[str, Check]] = {
    "message": EVERYWHERE
    | {"markdown": _block({"text": string(12_000)}), "table": TABLE, "data_visualization": DATA_VISUALIZATION},
    "modal": EVERYWHERE | {"alert": ALERT},
    "home": EVERYWHERE | {"data_visualization": DATA_VISUALIZATION},
}
