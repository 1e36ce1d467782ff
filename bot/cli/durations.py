"""Durations for `--since`."""

import re
from datetime import timedelta

import typer

_SPAN = re.compile(r"(\d{1,4})([dwmy])", re.ASCII)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def parse_duration(text: str) -> timedelta:
    """Parse "30d", "12w", "3m" or "1y"; raises BadParameter."""
    found = _SPAN.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        raise typer.BadParameter(f"{text!r} isn't a duration; write it like 30d, 12w, 3m or 1y")
    return timedelta(days=int(found[1]) * _DAYS[found[2]])
