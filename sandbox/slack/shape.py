"""A small language for the shapes of Block Kit: each check reports what is wrong, and where, by JSON pointer."""

from collections.abc import Callable, Mapping
from typing import Any

Report = list[str]
Check = Callable[[Any, str, Report], None]


def fault(report: Report, pointer: str, sentence: str) -> None:
    """Word a fault in Slack's own form, the pointer in brackets behind."""
    report.append(f"{sentence} [json-pointer:{pointer}]")


def string(most: int, least: int = 1) -> Check:
    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, str):
            fault(report, pointer, "must be a string")
        elif len(value) < least:
            fault(report, pointer, f"must be more than {least - 1} characters")
        elif len(value) > most:
            fault(report, pointer, f"must be less than {most + 1} characters")

    return check


def integer(least: int, most: int) -> Check:
    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            fault(report, pointer, f"must be an integer from {least} to {most}")

    return check


def boolean(value: Any, pointer: str, report: Report) -> None:
    if not isinstance(value, bool):
        fault(report, pointer, "must be a boolean")


def number(value: Any, pointer: str, report: Report) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        fault(report, pointer, "must be a number")


def positive(value: Any, pointer: str, report: Report) -> None:
    before = len(report)
    number(value, pointer, report)
    if len(report) == before and value <= 0:
        fault(report, pointer, "must be greater than 0")


def one_of(*allowed: str) -> Check:
    def check(value: Any, pointer: str, report: Report) -> None:
        if value not in allowed:
            fault(report, pointer, f"must be one of {', '.join(allowed)}")

    return check


def array(item: Check, most: int, least: int = 1) -> Check:
    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, list):
            fault(report, pointer, "must be an array")
            return
        if len(value) < least:
            fault(report, pointer, f"no fewer than {least} items allowed")
        if len(value) > most:
            fault(report, pointer, f"no more than {most} items allowed")
        for place, entry in enumerate(value):
            item(entry, f"{pointer}/{place}", report)

    return check


def record(
    required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *, also: Check | None = None
) -> Check:
    """Check an object with these keys and no others; `also` looks at the whole once its keys are in order."""
    known = {**required, **(optional or {})}

    def check(value: Any, pointer: str, report: Report) -> None:
        if not isinstance(value, dict):
            fault(report, pointer, "must be an object")
            return
        before = len(report)
        for key in required:
            if key not in value:
                fault(report, pointer, f"missing required field: {key}")
        for key, entry in value.items():
            if key in known:
                known[key](entry, f"{pointer}/{key}", report)
            elif key != "type":
                fault(report, pointer, f"invalid additional property: {key}")
        if also and len(report) == before:
            also(value, pointer, report)

    return check


def by_type(shapes: Mapping[str, Check]) -> Check:
    """Check an object whose `type` says which of the shapes it has."""

    def check(value: Any, pointer: str, report: Report) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in shapes:
            fault(report, f"{pointer}/type", f"unsupported type: {kind}")
            return
        shapes[kind](value, pointer, report)

    return check


def plain(most: int) -> Check:
    """Check a plain_text object."""
    return by_type({"plain_text": record({"text": string(most)}, {"emoji": boolean})})


def text(most: int) -> Check:
    """Check a plain_text or mrkdwn object."""
    return by_type(
        {
            "plain_text": record({"text": string(most)}, {"emoji": boolean}),
            "mrkdwn": record({"text": string(most)}, {"verbatim": boolean}),
        }
    )
