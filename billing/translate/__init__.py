"""From Stripe's objects, as plain JSON, to domain values: nothing outside knows a field name of Stripe's.

Unknown values of Stripe's open enumerations pass through as they are.
"""

from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
"""An object of Stripe's: an event's snapshot, or `to_dict()` of what the SDK answered."""


def moment(seconds: int) -> datetime:
    """Read Stripe's Unix seconds as an aware UTC time."""
    return datetime.fromtimestamp(seconds, UTC)


def moment_or_none(seconds: int | None) -> datetime | None:
    """Read Stripe's Unix seconds, where there are any."""
    return None if seconds is None else moment(seconds)


def identifier(reference: str | Json | None) -> str | None:
    """Return the id of an expandable field, expanded or not."""
    return str(reference["id"]) if isinstance(reference, dict) else reference
