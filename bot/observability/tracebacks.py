"""Tracebacks for the log: the place and the kind of an error, without its message, which may hold personal data."""

import traceback
from collections.abc import Iterator
from types import TracebackType

ROOMS = ("billing", "bot", "domain", "flows", "jobs", "mail", "storage", "web", "wording")
"""Our own packages: their errors' messages are written for the log."""


def format_traceback(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """Return an error with its causes, oldest first, as Python prints it but without the messages of others' errors.

    Those repeat their input: `ValueError: invalid literal for int(): '…'`.
    """
    return "".join(_lines(exc_info[1], set())).rstrip()


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    if id(error) in seen:
        return
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _lines(before, seen)
        yield "\nThen:\n"
    yield from traceback.format_tb(error.__traceback__)
    kind = type(error)
    ours = kind.__module__.partition(".")[0] in ROOMS
    yield f"{kind.__module__}.{kind.__qualname__}{f': {error}' if ours else ''}\n"
    for each in getattr(error, "exceptions", ()):
        yield "\nAmong them:\n"
        yield from _lines(each, seen)
