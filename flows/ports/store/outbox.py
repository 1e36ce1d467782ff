"""The outbox: effects that are added, leased and done."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from domain.cancellations.stored_case import Place
from domain.ids import EffectId
from flows.effects import Effect, EffectState, Lane, OutboxRow, PostQueue, Priority


class Outbox(Protocol):
    """Effects and paused lanes."""

    async def add(self, effect: Effect, *, due_at: datetime, key: str | None = None) -> EffectId | None:
        """Add an effect once; if its `key` is there already, done or not, add nothing and return None."""

    async def add_all(self, effects: Mapping[str, tuple[Effect, datetime]]) -> None:
        """Add effects by their keys, each once and with the time at which it is due, in one statement."""

    async def request(self, effect: Effect, *, key: str, due_at: datetime) -> EffectId:
        """Ask for a desired state: one row per key.

        Asking again raises `wanted`, restarts a finished row, and moves a waiting row's `due_at` forward, never back. A
        running row goes on, and waits again after that, for the new `due_at`. What was posted becomes an edit, which
        overtakes new messages; one that a person waits for goes first.
        """

    async def claim(
        self,
        lane: Lane,
        *,
        owner: UUID,
        now: datetime,
        wall: datetime,
        lease: timedelta,
        limit: int,
        probing: bool,
        priorities: Collection[Priority] = tuple(Priority),
        busy: frozenset[PostQueue] = frozenset(),
    ) -> list[OutboxRow]:
        """Lease what is due in a lane (`due_at <= now`, `retry_at <= wall`), the most urgent first, then the oldest.

        Nothing if the lane is paused; `probing` claims from a paused one as well, to find out whether it works again.
        An effect that this version can't read is claimed as an `UnreadableEffect`; of a kind that it does not know only
        once it is due for a quarter of an hour, as a newer version may be running beside it.

        Rows whose lease ran out are claimed too, with `attempt_started_at` unchanged. What is yet to be posted in a
        `busy` queue is left.
        """

    async def claim_one(
        self, one: str | EffectId, *, owner: UUID, wall: datetime, lease: timedelta
    ) -> OutboxRow | None:
        """Lease one row now, due or not, by its key or its id.

        None: it is running under a lease, done or waiting for a later attempt, or its lane is paused.
        """

    async def begin_attempt(self, effect_id: EffectId, *, owner: UUID, wall: datetime) -> bool:
        """Record that a call begins that may have an effect; False: the lease is no longer ours."""

    async def no_effect(self, effect_id: EffectId, *, owner: UUID) -> None:
        """Record that the attempt certainly had no effect."""

    async def placed(self, effect_id: EffectId, *, owner: UUID, place: Place | None) -> bool:
        """Record where the message is (None: deleted), which settles the attempt."""

    async def done(self, effect_id: EffectId, *, owner: UUID, shown: int, place: Place | None = None) -> bool:
        """Record that it is done, and where a message was posted; a row whose `wanted` has grown since waits again."""

    async def later(self, effect_id: EffectId, *, owner: UUID, retry_at: datetime, fault: str) -> bool:
        """Release for a later attempt (wall time); `attempt_started_at` stays."""

    async def settle(self, effect_id: EffectId, *, owner: UUID, state: EffectState, fault: str) -> bool:
        """End it as dead or unclear, with the reason."""

    async def retry(self, effect_id: EffectId) -> bool:
        """Retry a dead row; False: it is not dead."""

    async def row(self, effect_id: EffectId) -> OutboxRow | None:
        """Read one row."""

    async def by_key(self, key: str) -> OutboxRow | None:
        """Read the row of a key."""

    async def listed(self, *, states: Sequence[EffectState], limit: int) -> list[OutboxRow]:
        """Return rows by state, newest first."""

    async def counts(self, *, now: datetime) -> dict[EffectState, int]:
        """Count, by state, what is due and not done; what waits for its time does not count."""

    async def waits(
        self, lane: Lane, *, now: datetime, wall: datetime, probing: bool, busy: frozenset[PostQueue] = frozenset()
    ) -> dict[Priority, timedelta]:
        """Return, for each priority, how long till `claim` finds something in a lane; zero or less: now.

        What nothing waits at is left out; so is everything if the lane is paused, unless `probing`.
        """

    async def prunable(self, *, due_before: datetime, limit: int) -> list[int]:
        """Return old finished rows of kinds that are `prunable`, by their numbers."""

    async def prune(self, numbers: Sequence[int]) -> None:
        """Delete rows, except those that were asked for again meanwhile."""

    async def renew(self, effect_ids: Collection[EffectId], *, owner: UUID, until: datetime) -> None:
        """Extend the leases of an owner that is still at work on these, where they would end sooner."""

    async def give_back(self, *, owner: UUID | None) -> None:
        """Release all leases of an owner that stops; None: of everybody, for the only process that works."""

    async def pause(self, lane: Lane, *, at: datetime, why: str) -> bool:
        """Pause a lane; False: it was paused already."""

    async def resume(self, lane: Lane, *, by_event: bool = False) -> bool:
        """Resume a lane; False: it was not paused, or `by_event` and an effect waits that met the pause's fault.

        An event may have paused the lane and left no effect to probe. What one event may read, an effect may not.
        """

    async def paused(self) -> dict[Lane, str]:
        """Return the paused lanes and why."""
