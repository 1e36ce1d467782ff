"""Effects as rows of the outbox: the kind by name, the ids as JSON."""

import re
from typing import Any

from sqlalchemy import RowMapping

from domain.cancellations.stored_case import Place
from domain.ids import ChannelId, EffectId
from flows.effects import EFFECTS, Effect, OutboxRow
from storage.database.column_types import adapter_of


class UnknownEffect(Exception):
    """A row holds an effect that this version does not know."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"this version knows no effect called {kind!r}; another version wrote it")
        self.kind = kind


def _name(kind: type[Effect]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


_SHAPES: dict[str, Any] = {_name(kind): kind for kind in EFFECTS}

KINDS = tuple(_SHAPES)
"""The kinds of effect that this version can run; other rows are left to the version that wrote them."""


def columns_of(effect: Effect) -> dict[str, str]:
    """Return an effect as the columns `kind`, `ids` and `lane`."""
    kind = _name(type(effect))
    return {"kind": kind, "ids": adapter_of(_SHAPES[kind]).dump_json(effect).decode(), "lane": effect.lane}


def row_of(columns: RowMapping | dict[str, Any]) -> OutboxRow:
    """Return a row of the outbox; raises UnknownEffect for a kind of another version."""
    if columns["kind"] not in _SHAPES:
        raise UnknownEffect(columns["kind"])
    channel = columns["place_channel"]
    return OutboxRow(
        id=EffectId(columns["id"]),
        effect=adapter_of(_SHAPES[columns["kind"]]).validate_json(columns["ids"]),
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
