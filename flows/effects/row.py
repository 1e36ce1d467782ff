"""An effect in the outbox, with its progress."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.cancellations.stored_case import Place
from domain.ids import EffectId, EventId
from flows.effects.lanes import Effect

EffectState = Literal["waiting", "running", "done", "dead", "unclear"]
"""`unclear`: it may have happened and can't be looked up; a person must decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """An effect with its progress.

    `due_at` is business time; `retry_at`, `attempt_started_at` and the lease are wall time. `attempt_started_at` is
    committed before each call that may have an effect: if a row just claimed has it, an earlier attempt may have
    succeeded. `wanted` counts requests, `shown` the last one done. `place` is where the message is, `cause` the id of
    the event that caused the last request.
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
    cause: EventId | None
