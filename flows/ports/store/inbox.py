"""The inbox: Stripe's events that wait for their flow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from domain.ids import EventId
from flows.ports import StripeEvent

WATERMARK = "events_watermark"
"""The checkpoint up to which all of Stripe's events were polled."""
OVERLAP = timedelta(hours=1)
"""Stripe may list events later than their `created`; a walk goes back this much further than the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """A stored event that waits for its flow; `failing_since` (business time): when it first failed."""

    event: StripeEvent
    attempts: int
    failing_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSetAside:
    """An event that couldn't be handled, and waits for a person."""

    id: EventId
    type: str
    received_at: datetime
    fault: str


class Inbox(Protocol):
    """Events, stored once by their id."""

    async def add(self, events: Sequence[StripeEvent], *, received_at: datetime) -> int:
        """Store those not stored yet; return how many were new."""

    async def unknown(self, events: Sequence[StripeEvent]) -> list[StripeEvent]:
        """Return those that are not stored yet."""

    async def is_claimable(self, *, wall: datetime) -> bool:
        """Return whether something waits or a lease ran out, so that `claim` may find it."""

    async def claim(self, *, owner: UUID, wall: datetime, lease: timedelta, limit: int) -> list[InboxRow]:
        """Lease waiting rows and those whose lease ran out, oldest first; two of one subject never at once."""

    async def finish(self, event_id: EventId) -> None:
        """Mark done."""

    async def retry(self, event_id: EventId, *, at: datetime, fault: str, failing_since: datetime) -> None:
        """Release for a later attempt, not before `at` (wall time)."""

    async def set_aside(self, event_id: EventId, *, fault: str) -> None:
        """Take it out of the queue until somebody retries it."""

    async def listed_aside(self, *, limit: int) -> list[EventSetAside]:
        """Return what is set aside, newest first."""

    async def count_aside(self) -> int:
        """Count what is set aside."""

    async def try_again(self, event_id: EventId) -> bool:
        """Start an event over that is set aside; False: it isn't set aside."""

    async def give_back(self, *, owner: UUID | None) -> None:
        """Release all leases of an owner that stops; None: of everybody, for the only process that works."""

    async def unfinished_since(self, subject: str) -> datetime | None:
        """Return the creation time of the oldest stored event about something that is not finished, or None."""

    async def backlog(self) -> int:
        """Count what waits."""

    async def newest(self) -> datetime | None:
        """Return the creation time of the newest stored event, or None."""
