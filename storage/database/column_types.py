"""Column types of our own: moments that are aware UTC on both databases, and values kept as real JSON."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

from domain.cancellations.observation import Previous


@cache
def adapter_of(shape: Any) -> TypeAdapter[Any]:
    """Return what reads and writes a type as JSON. To make it takes milliseconds, so each is made when first used."""
    return TypeAdapter(shape)


def in_utc(moment: datetime) -> datetime:
    """Turn any aware moment into UTC; raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be stored")
    return moment.astimezone(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment to the microsecond; naive values are refused, what comes back is aware and in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn any aware moment into UTC; SQLite stores it without a zone, as text that sorts."""
        if value is None:
            return None
        moment = in_utc(value)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment back in UTC, whatever zone the session speaks."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonOf(TypeDecorator[Any]):
    """A value of one type (a dataclass, a tuple, …) as JSON text; None stays NULL."""

    impl = Text
    cache_ok = True

    def __init__(self, shape: Any) -> None:
        super().__init__()
        self.shape = shape

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write JSON."""
        return None if value is None else adapter_of(self.shape).dump_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read JSON; text that does not fit the type raises pydantic's ValidationError."""
        return None if value is None else adapter_of(self.shape).validate_json(value)


class PreviousAttributes(TypeDecorator[Mapping[str, Any]]):
    """An event's `previous_attributes`: moments are told from words by standing in an object, `{"at": …}`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Previous | None, dialect: Dialect) -> str | None:
        """Write JSON."""
        if value is None:
            return None
        return json.dumps(
            {name: {"at": was.isoformat()} if isinstance(was, datetime) else was for name, was in value.items()}
        )

    def process_result_value(self, value: str | None, dialect: Dialect) -> Previous | None:
        """Read JSON."""
        if value is None:
            return None
        return {
            name: datetime.fromisoformat(was["at"]) if isinstance(was, dict) else was
            for name, was in json.loads(value).items()
        }
