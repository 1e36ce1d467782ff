"""Retry what failed for good, once its cause is fixed: dead effects, and events that were set aside."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import TypeVar

from domain.ids import EffectId, EventId
from domain.permissions import Action
from flows.ports.store import AuditEntry, Store, UnitOfWork

LIMIT = 1000
Id = TypeVar("Id", EffectId, EventId)


async def retry_dead(store: Store, effect_id: EffectId | None, *, who: str, now: datetime) -> int:
    """Retry one dead effect, or all (None), 1000 at most; record it and return how many."""
    async with store.begin() as unit:
        dead = await unit.outbox.listed(states=["dead"], limit=LIMIT)
        return await _retry(unit, unit.outbox.retry, [effect_id] if effect_id else [row.id for row in dead], who, now)


async def retry_set_aside(store: Store, event_id: EventId | None, *, who: str, now: datetime) -> int:
    """Have one event tried again, or all (None), 1000 at most; record it and return how many."""
    async with store.begin() as unit:
        aside = await unit.inbox.listed_aside(limit=LIMIT)
        return await _retry(unit, unit.inbox.try_again, [event_id] if event_id else [row.id for row in aside], who, now)


async def _retry(
    unit: UnitOfWork, revive: Callable[[Id], Awaitable[bool]], chosen: Iterable[Id], who: str, now: datetime
) -> int:
    revived = [each for each in chosen if await revive(each)]
    for each in revived:
        entry = AuditEntry(who=who, action=Action.RETRY_EFFECTS.value, whom=str(each), at=now)
        await unit.audit.append(entry)
    await unit.commit()
    return len(revived)
