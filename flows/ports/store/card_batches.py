"""Batches of cancellations: many cases in one message, because they came faster than messages can be posted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from domain.ids import BatchId, CaseId, EffectId
from flows.effects import Effect

CardWish = Literal["asked", "due"]
"""Why a case of a batch gets a card of its own: somebody asked for it, or something about it needs one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One row of a batch. `own_card` is None while the case stands in its batch only."""

    case_id: CaseId
    batch_id: BatchId
    own_card: CardWish | Literal["posted"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPost:
    """A message that waits to be posted for the first time; `id` and `key` are those of its row in the outbox.

    A damaged row may have no key. `held_back`: an attempt failed, and the next one is not due yet.
    """

    id: EffectId
    key: str | None
    effect: Effect
    attempts: int
    held_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEdit:
    """When the message of a batch was last to be edited (None: never), and whether it is posted yet."""

    edit_at: datetime | None
    posted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PostsWaiting:
    """What waits to be posted for the first time.

    `is_posting`: a card or a batch is on its way, from here or from another process. `unsettled` may have been posted:
    an attempt was cut off, and can be looked up now. `asked` and `due` are the next cards that cases of batches get for
    these reasons. `is_new`: a batch is due, or the card of a case that stands in none. `next_due_at` is in the future.
    """

    is_posting: bool
    unsettled: EffectId | None
    asked: EffectId | None
    is_new: bool
    due: EffectId | None
    next_due_at: datetime | None


class CardBatches(Protocol):
    """Batches and what waits to be posted into the cancellations channel for the first time."""

    async def waiting(self, *, now: datetime, wall: datetime) -> PostsWaiting:
        """Return what waits to be posted, at a look."""

    async def new(self, *, now: datetime, wall: datetime, limit: int) -> list[FirstPost]:
        """Return what is due, oldest first: batches, then cards of cases that stand in none."""

    async def form(self, batch_id: BatchId, cards: Sequence[tuple[str, CaseId]], *, at: datetime) -> int:
        """Put cards that still wait into a batch, by their keys and cases; return how many it were."""

    async def formed_since(self, at: datetime) -> bool:
        """Return whether a batch was formed since then (wall time)."""

    async def changed(self, *, now: datetime, limit: int) -> list[tuple[str, BatchId]]:
        """Return the keys of due cards of cases that have none but their row, or lost it, with their batches."""

    async def settle(self, keys: Collection[str]) -> None:
        """Finish due cards whose cases stand in a batch only: it shows what they would. What was deleted is due."""

    async def rows(self, batch_id: BatchId) -> list[BatchRow]:
        """Return a batch's rows in order."""

    async def row(self, case_id: CaseId) -> BatchRow | None:
        """Return the row of a case, None if it stands in no batch."""

    async def want_cards(self, case_ids: Collection[CaseId], wish: CardWish) -> list[BatchRow]:
        """Have cases of batches get cards of their own; return the rows that changed."""

    async def card_posted(self, case_id: CaseId) -> None:
        """Record that a case of a batch has its own card now."""

    async def planned_edits(self, batch_ids: Collection[BatchId]) -> dict[BatchId, PlannedEdit]:
        """Return when each batch was last to be edited."""

    async def last_planned_edit(self) -> datetime | None:
        """Return the latest time for which an edit of any batch was planned."""

    async def plan_edit(self, batch_id: BatchId, *, at: datetime) -> None:
        """Record when a batch is to be edited."""

    async def shown(self, batch_id: BatchId) -> str | None:
        """Return the digest of what the message shows, None if that isn't known."""

    async def record_shown(self, batch_id: BatchId, digest: str | None) -> None:
        """Record what the message shows, None before it is edited."""
