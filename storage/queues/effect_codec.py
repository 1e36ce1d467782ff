"""Effects as rows of the outbox: the kind by name, the ids as JSON."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import RowMapping

from domain.cancellations.stored_case import Place
from domain.ids import ChannelId, EffectId, EventId
from flows.effects import EFFECTS, Effect, OutboxRow, PostQueue, Priority, UnreadableEffect
from storage.database.column_types import adapter_of


def _name(kind: type[Effect]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


_SHAPES: dict[str, Any] = {_name(kind): kind for kind in EFFECTS}

KINDS = tuple(_SHAPES)
"""The kinds of effect that this version can run."""
PRUNABLE = tuple(_name(kind) for kind in EFFECTS if kind.prunable)
"""The kinds whose finished rows may go."""


def kinds_of_queue(queue: PostQueue) -> list[str]:
    """Return the kinds of effect that post in a queue."""
    return [name for name, kind in _SHAPES.items() if kind.post_queue == queue]


def columns_of(effect: Effect) -> dict[str, str]:
    """Return an effect as the columns `kind`, `ids` and `lane`."""
    kind = _name(type(effect))
    return {"kind": kind, "ids": adapter_of(_SHAPES[kind]).dump_json(effect).decode(), "lane": effect.lane}


def fresh(
    effect: Effect, effect_id: UUID, *, due_at: datetime, key: str | None, cause: EventId | None
) -> dict[str, Any]:
    """Return an effect as all columns of a new row."""
    return {
        **columns_of(effect),
        "id": effect_id,
        "key": key,
        "state": "waiting",
        "priority": effect.priority,
        "due_at": due_at,
        "cause": cause,
        "attempts": 0,
        "wanted": 1,
        "shown": 0,
    }


def row_of(columns: RowMapping | dict[str, Any]) -> OutboxRow:
    """Return a row of the outbox; what can't be read of it must not stop the rows beside it."""
    channel = columns["place_channel"]
    return OutboxRow(
        id=EffectId(columns["id"]),
        effect=effect_of(columns["kind"], columns["ids"]),
        priority=Priority(columns["priority"]),
        state=columns["state"],
        due_at=columns["due_at"],
        retry_at=columns["retry_at"],
        attempt_started_at=columns["attempt_started_at"],
        attempts=columns["attempts"],
        wanted=columns["wanted"],
        shown=columns["shown"],
        place=None if channel is None else Place(channel=ChannelId(channel), ts=columns["place_ts"]),
        fault=columns["fault"],
        cause=columns["cause"],
    )


def effect_of(kind: str, ids: str) -> Effect:
    """Return the effect of the columns `kind` and `ids`; an UnreadableEffect if this version can't read them."""
    if kind not in _SHAPES:
        return UnreadableEffect(kind)
    try:
        effect: Effect = adapter_of(_SHAPES[kind]).validate_json(ids)
    except ValidationError:
        return UnreadableEffect(kind)
    return effect
