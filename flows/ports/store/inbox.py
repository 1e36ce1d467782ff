"""The inbox: Stripe's events that wait for their flow."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Protocol
from uuid import UUID

from domain.ids import EventId
from flows.ports import StripeEvent

WATERMARK = "events_watermark"
"""The checkpoint up to which all of Stripe's events were polled."""
OVERLAP = timedelta(hours=1)
"""Stripe may list events later than their `created`; a walk goes back this much further than the last."""


class Urgency(IntEnum):
    """What goes before what: what may be about a cancellation never waits behind renewals."""

    FIRST = 0
    LATER = 1  # a routine update that must be read
    ROUTINE = 2  # one that nobody has looked at yet


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

    async def waiting(self, *, wall: datetime) -> frozenset[Urgency]:
        """Return how urgent the rows are that wait or whose lease ran out, so that `claim` may find them."""

    async def claim(
        self, *, owner: UUID, wall: datetime, lease: timedelta, limit: int, up_to: Urgency = Urgency.LATER
    ) -> list[InboxRow]:
        """Lease waiting rows and those whose lease ran out, the most urgent first, then the oldest.

        Two of one subject never run at once, and they run in order: an older one goes in place of a more urgent one.
        """

    async def routine(self, *, wall: datetime, limit: int) -> list[StripeEvent]:
        """Return the oldest routine updates that wait and that nobody has looked at yet, one of each subject."""

    async def finish_routine(self, event_ids: Sequence[EventId], *, wall: datetime) -> None:
        """Mark routine updates done that still wait; one that was claimed meanwhile is left to its worker."""

    async def have_read(self, event_ids: Sequence[EventId]) -> None:
        """Have routine updates claimed like other events, after what may be about a cancellation."""

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

    async def renew(self, event_ids: Collection[EventId], *, owner: UUID, until: datetime) -> None:
        """Extend the leases of an owner that is still at work on these."""

    async def give_back(self, *, owner: UUID | None) -> None:
        """Release all leases of an owner that stops; None: of everybody, for the only process that works."""

    async def unfinished_since(self, subject: str) -> datetime | None:
        """Return the creation time of the oldest stored event about something that is not finished, or None."""

    async def finished(self, *, received_before: datetime, limit: int) -> list[int]:
        """Return the oldest finished events whose payload is still there, by their numbers."""

    async def drop_payloads(self, numbers: Sequence[int]) -> None:
        """Delete what finished events say, and keep that they were seen."""

    async def forgettable(self, *, created_before: datetime, limit: int) -> list[int]:
        """Return the oldest events without a payload, by their numbers; never the newest of all."""

    async def forget(self, numbers: Sequence[int]) -> None:
        """Delete events that Stripe can't send again."""

    async def backlog(self) -> int:
        """Count what waits."""

    async def is_stale(self, *, received_before: datetime) -> bool:
        """Return whether an event that was received before then still waits or runs."""

    async def newest(self) -> datetime | None:
        """Return the creation time of the newest stored event, or None."""
