"""What goes out: effects asked for, leased, done."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from domain.cancellations.stored_case import Place
from domain.ids import (
    EffectId,
)
from flows.effects import Effect, EffectState, Lane, OutboxRow


class Outbox(Protocol):
    """Effects to be done."""

    async def add(self, effect: Effect, *, due_at: datetime, key: str | None = None) -> EffectId | None:
        """Ask for an effect once; with a `key` already there (done or not), nothing is added and None returned."""

    async def want(self, effect: Effect, *, key: str, due_at: datetime) -> EffectId:
        """Ask for desired state: one row a key.

        Asking again raises `wanted`, wakes a finished row and brings a waiting one's `due_at` forward, never back.
        """

    async def claim(
        self, lane: Lane, *, owner: UUID, now: datetime, wall: datetime, lease: timedelta, limit: int, probing: bool
    ) -> list[OutboxRow]:
        """Lease what is due in a lane (`due_at <= now`, `retry_at <= wall`), oldest first; in a paused one nothing.

        Rows whose lease ran out are claimed too, with `attempt_started_at` as it was left. `probing` claims from a
        paused lane all the same, to find out whether it works again.
        """

    async def claim_one(self, key: str, *, owner: UUID, wall: datetime, lease: timedelta) -> OutboxRow | None:
        """Lease the waiting row of a key at once, due or not, for who does it while somebody waits.

        None: it is being done, was done, waits for a later attempt, or its lane is paused.
        """

    async def begin_attempt(self, effect_id: EffectId, *, owner: UUID, wall: datetime) -> bool:
        """Note that a call with an effect begins; False: the lease is no longer ours."""

    async def no_effect(self, effect_id: EffectId, *, owner: UUID) -> None:
        """Note that the attempt surely had no effect."""

    async def placed(self, effect_id: EffectId, *, owner: UUID, place: Place | None) -> bool:
        """Note where the message stands (None: it is gone), and that the attempt is settled."""

    async def done(self, effect_id: EffectId, *, owner: UUID, shown: int) -> bool:
        """Note what was done; a row whose `wanted` has grown since waits again."""

    async def later(self, effect_id: EffectId, *, owner: UUID, retry_at: datetime, fault: str) -> bool:
        """Give back for a later attempt (wall time); `attempt_started_at` stays as it is."""

    async def settle(self, effect_id: EffectId, *, owner: UUID, state: EffectState, fault: str) -> bool:
        """End it as dead or unclear, with the reason."""

    async def retry(self, effect_id: EffectId) -> bool:
        """Bring a dead row back to life; False where it is not dead."""

    async def row(self, effect_id: EffectId) -> OutboxRow | None:
        """Read one row."""

    async def by_key(self, key: str) -> OutboxRow | None:
        """Read the row of a key."""

    async def listed(self, *, states: Sequence[EffectState], limit: int) -> list[OutboxRow]:
        """List rows by state, newest first."""

    async def counts(self, *, now: datetime) -> dict[EffectState, int]:
        """Count, by state, what is due and not done; what waits for its time is no backlog."""

    async def next_due(self, lane: Lane, *, now: datetime, wall: datetime, probing: bool) -> timedelta | None:
        """Return how long till something is due in a lane; zero or less: now; None: nothing waits, or it is paused.

        `probing` looks into a paused lane all the same.
        """

    async def give_back(self, *, owner: UUID | None) -> None:
        """Give back all leases of an owner that stops, or (None) of everybody: for who alone is left to work."""

    async def pause(self, lane: Lane, *, at: datetime, why: str) -> bool:
        """Pause a lane; False: it was paused already."""

    async def resume(self, lane: Lane) -> bool:
        """Let a lane run again; False: it was not paused."""

    async def paused(self) -> dict[Lane, str]:
        """Say which lanes are paused, and why."""
