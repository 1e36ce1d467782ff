"""Logs: one line per event, as JSON or for a console, with secrets masked."""

import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from types import TracebackType
from typing import Any, Literal

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

ROOMS = ("billing", "bot", "domain", "flows", "jobs", "mail", "storage", "web", "wording")
"""Our own packages: their errors' messages are written for the log."""


def format_traceback(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """Return an error with its causes, oldest first, as Python prints it but without the messages of others' errors.

    Those repeat their input: `ValueError: invalid literal for int(): '…'`.
    """
    return "".join(_traceback_lines(exc_info[1], set())).rstrip()


def _traceback_lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    if id(error) in seen:
        return
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _traceback_lines(before, seen)
        yield "\nThen:\n"
    yield from traceback.format_tb(error.__traceback__)
    kind = type(error)
    ours = kind.__module__.partition(".")[0] in ROOMS
    yield f"{kind.__module__}.{kind.__qualname__}{f': {error}' if ours else ''}\n"
    for each in getattr(error, "exceptions", ()):
        yield "\nAmong them:\n"
        yield from _traceback_lines(each, seen)


_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"://[^/\s:@]+:[^@\s]+@"), "://[user]:[password]@"),
    (re.compile(r"(\"[^\"@]+\"|[^\s@<>()\[\]|:;,\"\\]+)(@|%40)([\w-]+(\.[\w-]+)*|\[[^\]]*\])"), "[email]"),
    (re.compile(r"\b(xox[a-z]|xapp|whsec|rk|sk)[-_][\w-]{6,}"), r"[\1]"),
    (re.compile(r"https?://(?:hooks\.slack\.com|billing\.stripe\.com|checkout\.stripe\.com)\S*"), "[link]"),
    (re.compile(r"https?://[^\s/]+/(?:p/session|c/pay|g/pay|f/pay)/\S*"), "[link]"),  # at a domain of the company's own
    (re.compile(r"/(p|n|back|o|u|undo|response|portal)/[\w-]{12,}"), r"/\1/[token]"),
)


def mask(text: str) -> str:
    """Return a text without its email addresses, tokens, links and passwords."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def _mask_all(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    return {key: _masked(value) for key, value in event.items()}


def _masked(value: Any) -> Any:
    """Mask every text in a value, at any depth."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _masked(each) for key, each in value.items()}
    if isinstance(value, list | tuple | AbstractSet):
        return [_masked(each) for each in value]
    return mask(str(value))


def configure(*, level: str, style: Literal["json", "console"]) -> None:
    """Send our logs and those of all libraries to standard error, through one chain of processors."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(format_traceback),
                _mask_all,
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Below a warning, libraries log statements and bodies.
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    for room in ROOMS:
        logging.getLogger(room).setLevel(level)
