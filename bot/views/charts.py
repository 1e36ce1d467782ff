"""Slack's charts, and the same figures as text for workspaces without charts."""

from collections.abc import Mapping, Sequence
from typing import Literal

from bot.views.blocks import Block, escape, section
from wording.sanitize import cut, one_line

CHART = "data_visualization"
_MOST_TITLE, _MOST_NAME, _MOST_POINTS = 50, 20, 20  # Slack: "Data visualization block"


def chart(
    kind: Literal["bar", "line"], title: str, categories: Sequence[str], series: Mapping[str, Sequence[int]]
) -> Block:
    """Return a chart of up to six series over at most 20 categories; each name is cut to 20 characters."""
    labels = _unique([cut(one_line(each), _MOST_NAME) or "–" for each in categories[:_MOST_POINTS]])
    return {
        "type": CHART,
        "title": cut(title, _MOST_TITLE),
        "chart": {
            "type": kind,
            "series": [
                {
                    "name": name,
                    "data": [{"label": label, "value": value} for label, value in zip(labels, values, strict=False)],
                }
                for name, values in series.items()
            ],
            "axis_config": {"categories": labels},
        },
    }


def has_charts(blocks: Sequence[Block]) -> bool:
    """Return whether a chart is among the blocks."""
    return any(block["type"] == CHART for block in blocks)


def as_tables(blocks: Sequence[Block]) -> list[Block]:
    """Replace each chart by a table; Slack allows one table a message."""
    return [_table(block) if block["type"] == CHART else block for block in blocks]


def as_lines(blocks: Sequence[Block]) -> list[Block]:
    """Replace each chart by lines of text, for places without tables such as the home tab."""
    return [_lines(block) if block["type"] == CHART else block for block in blocks]


def _table(block: Block) -> Block:
    series = block["chart"]["series"]
    head = ["", *(each["name"] for each in series)]
    rows = [[label, *(str(each["data"][place]["value"]) for each in series)] for place, label in _labels(block)]
    return {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": cell or " "} for cell in row] for row in (head, *rows)],
    }


def _lines(block: Block) -> Block:
    series = block["chart"]["series"]
    told = [
        f"{escape(label)}: " + ", ".join(f"{each['name'].lower()} {each['data'][place]['value']}" for each in series)
        for place, label in _labels(block)
        if any(each["data"][place]["value"] for each in series)
    ]
    return section("\n".join([f"*{escape(block['title'])}*", *told]))


def _labels(block: Block) -> list[tuple[int, str]]:
    return list(enumerate(block["chart"]["axis_config"]["categories"]))


def _unique(labels: list[str]) -> list[str]:
    """Add a number to labels that became equal when they were cut."""
    seen: dict[str, int] = {}
    told = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        told.append(label if seen[label] == 1 else f"{label[: _MOST_NAME - 3]} {seen[label]}")
    return told
