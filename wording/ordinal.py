"""Counting in words."""

_WORDS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


def ordinal(number: int) -> str:
    """Say which one of many: "second", "tenth" and beyond as "10th", "21st"; counts from 1."""
    if number <= len(_WORDS):
        return _WORDS[number - 1]
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Say a number with its noun: "1 opening", "5 openings"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
