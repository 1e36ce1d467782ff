"""Tracebacks for the log: where it broke and of what kind, without what the error says, which may be a customer's."""

import traceback
from collections.abc import Iterator
from types import TracebackType

ROOMS = ("billing", "bot", "domain", "flows", "jobs", "mail", "storage", "web", "wording")
"""Our own packages: the messages of their errors are written for the log."""


def format_traceback(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """Write an error with all that led to it, oldest first, as Python does but for the messages of others' errors.

    Those repeat what they choked on: `ValueError: invalid literal for int(): '…'`.
    """
    return "".join(_lines(exc_info[1], set())).rstrip()


def _lines(error: BaseException, told: set[int]) -> Iterator[str]:
    if id(error) in told:
        return
    told.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _lines(before, told)
        yield "\nThen:\n"
    yield from traceback.format_tb(error.__traceback__)
    kind = type(error)
    ours = kind.__module__.partition(".")[0] in ROOMS
    yield f"{kind.__module__}.{kind.__qualname__}{f': {error}' if ours else ''}\n"
    for each in getattr(error, "exceptions", ()):
        yield "\nAmong them:\n"
        yield from _lines(each, told)
