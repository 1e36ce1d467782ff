"""An effect in the outbox, with its progress."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.cancellations.stored_case import Place
from domain.ids import EffectId
from flows.effects.lanes import Effect

EffectState = Literal["waiting", "running", "done", "dead", "unclear"]
"""`unclear`: it may have happened and cannot be looked up; a person settles it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """An effect with its progress.

    `due_at` is business time; `retry_at`, `attempt_started_at` and the lease are wall time. `attempt_started_at` is
    committed before each call that may have an effect: set on a row just claimed, it means that an earlier attempt
    may have succeeded. `wanted` counts what was asked, `shown` what was done. `place` is where the message stands,
    `cause` the id of the event that asked for it last.
    """

    id: EffectId
    effect: Effect
    state: EffectState
    due_at: datetime
    retry_at: datetime | None
    attempt_started_at: datetime | None
    attempts: int
    wanted: int
    shown: int
    place: Place | None
    fault: str | None
    cause: str | None
