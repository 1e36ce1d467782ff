"""Our column types: aware UTC times on both databases, and values stored as JSON."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any

from pydantic import BeforeValidator, SerializerFunctionWrapHandler, TypeAdapter, WrapSerializer
from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

from domain.cancellations.observation import Previous
from domain.winback.decision import Rejection
from domain.winback.offer import KINDS, kind_of
from domain.winback.terms import OfferTerms


@cache
def adapter_of(shape: Any) -> TypeAdapter[Any]:
    """Return what reads and writes a type as JSON; it takes milliseconds to build, so each is built when first used."""
    return TypeAdapter(shape)


def in_utc(moment: datetime) -> datetime:
    """Convert an aware time to UTC; raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be stored")
    return moment.astimezone(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A time to the microsecond: naive values are refused, and what is read is aware and in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; SQLite stores it without a zone, as text that sorts."""
        if value is None:
            return None
        moment = in_utc(value)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time in UTC, whatever the time zone of the session."""
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
    """An event's `previous_attributes`; times stand in an object, `{"at": …}`, to tell them from text."""

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


_KIND = "kind"
_SHAPES: dict[str, Any] = {kind: shape for shape, kind in KINDS.items()}


def _name_kind(value: OfferTerms | Rejection, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
    written: dict[str, Any] = write(value)
    if value.offer is not None:
        written["offer"][_KIND] = kind_of(value.offer)
    return written


def _read_kind(stored: dict[str, Any]) -> dict[str, Any]:
    offer = stored["offer"]
    return stored if offer is None else stored | {"offer": adapter_of(_SHAPES[offer[_KIND]]).validate_python(offer)}


StoredTerms = Annotated[OfferTerms, BeforeValidator(_read_kind), WrapSerializer(_name_kind)]
StoredRejected = Annotated[Rejection, BeforeValidator(_read_kind), WrapSerializer(_name_kind)]
