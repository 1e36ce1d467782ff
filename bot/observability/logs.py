"""Logs: one line per event, as JSON or for a console, with secrets masked."""

import logging
import re
import sys
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Literal

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from bot.observability import tracebacks

_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"://[^/\s:@]+:[^@\s]+@"), "://[user]:[password]@"),
    (re.compile(r"[^\s@<>()\[\]|:;,\"\\]+@[\w-]+(\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"\b(xox[a-z]|xapp|whsec|rk|sk)[-_][\w-]{6,}"), r"[\1]"),
    (re.compile(r"https?://(?:hooks\.slack\.com|billing\.stripe\.com|checkout\.stripe\.com)\S*"), "[link]"),
    (re.compile(r"/(p|back|o|u|undo|response|portal)/[\w-]{12,}"), r"/\1/[token]"),
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
                structlog.processors.ExceptionRenderer(tracebacks.format_traceback),
                _mask_all,
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Below a warning, libraries log statements and bodies.
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    for room in tracebacks.ROOMS:
        logging.getLogger(room).setLevel(level)
