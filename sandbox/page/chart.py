"""The geometry of `data_visualization` blocks, for the template that draws them as SVG."""

import math
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 560, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 12, 28
HUES = 6  # the style sheet has a colour for each


@dataclass(frozen=True)
class Mark:
    """One drawn thing: an SVG path, the series' colour, whether it is an area, and what it stands for in words."""

    path: str
    hue: int
    filled: bool
    says: str


@dataclass(frozen=True)
class Label:
    """A word on the drawing and where it stands."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Plot:
    """A whole drawing with its legend; `label` is read out in its place."""

    label: str
    marks: list[Mark]
    ticks: list[Label]
    categories: list[Label]
    legend: list[tuple[int, str]]


def plot(block: dict[str, Any]) -> Plot:
    """Lay out a line, bar, area or pie chart."""
    chart = block["chart"]
    return _pie(block["title"], chart["segments"]) if chart["type"] == "pie" else _axes(block["title"], chart)


def _axes(title: str, chart: dict[str, Any]) -> Plot:
    categories: list[str] = chart["axis_config"]["categories"]
    rows = [{point["label"]: point["value"] for point in series["data"]} for series in chart["series"]]
    top = max([1.0, *(float(value) for row in rows for value in row.values())])
    low = min([0.0, *(float(value) for row in rows for value in row.values())])
    step = (WIDTH - LEFT - RIGHT) / max(1, len(categories))

    def x(index: int) -> float:
        return LEFT + step * (index + 0.5)

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / (top - low))

    marks: list[Mark] = []
    for hue, (series, row) in enumerate(zip(chart["series"], rows, strict=True)):
        values = [float(row.get(category, 0)) for category in categories]
        if chart["type"] == "bar":
            width = step * 0.7 / len(rows)
            for index, value in enumerate(values):
                left = x(index) - step * 0.35 + width * hue
                path = f"M{left:.1f} {y(0):.1f}V{y(value):.1f}h{max(1.0, width - 1):.1f}V{y(0):.1f}Z"
                marks.append(Mark(path, hue % HUES, True, f"{series['name']}, {categories[index]}: {value:g}"))
        else:
            line = "M" + "L".join(f"{x(index):.1f} {y(value):.1f}" for index, value in enumerate(values))
            says = series["name"] + ": " + ", ".join(f"{c} {v:g}" for c, v in zip(categories, values, strict=True))
            if chart["type"] == "area":
                closed = f"{line}L{x(len(values) - 1):.1f} {y(0):.1f}L{x(0):.1f} {y(0):.1f}Z"
                marks.append(Mark(closed, hue % HUES, True, says))
            marks.append(Mark(line, hue % HUES, False, says))
    every = math.ceil(len(categories) / 8)
    return Plot(
        label=f"{title}. " + " ".join(mark.says + "." for mark in marks),
        marks=marks,
        ticks=[Label(LEFT - 6, y(value), f"{value:g}") for value in (low, (low + top) / 2, top)],
        categories=[Label(x(i), HEIGHT - 8, name) for i, name in enumerate(categories) if i % every == 0],
        legend=[(hue % HUES, series["name"]) for hue, series in enumerate(chart["series"])],
    )


def _pie(title: str, segments: list[dict[str, Any]]) -> Plot:
    total = sum(float(segment["value"]) for segment in segments) or 1.0
    cx, cy, radius = WIDTH / 2, HEIGHT / 2, HEIGHT / 2 - TOP
    marks: list[Mark] = []
    turn = -math.pi / 2
    for hue, segment in enumerate(segments):
        share = float(segment["value"]) / total
        end = turn + min(share, 0.9999) * 2 * math.pi
        start_x, start_y = cx + radius * math.cos(turn), cy + radius * math.sin(turn)
        end_x, end_y = cx + radius * math.cos(end), cy + radius * math.sin(end)
        arc = f"A{radius:.1f} {radius:.1f} 0 {int(share > 0.5)} 1 {end_x:.1f} {end_y:.1f}"
        says = f"{segment['label']}: {segment['value']:g} ({share:.0%})"
        marks.append(Mark(f"M{cx:.1f} {cy:.1f}L{start_x:.1f} {start_y:.1f}{arc}Z", hue % HUES, True, says))
        turn = end
    legend = [(mark.hue, mark.says) for mark in marks]
    return Plot(f"{title}. " + " ".join(mark.says + "." for mark in marks), marks, [], [], legend)
