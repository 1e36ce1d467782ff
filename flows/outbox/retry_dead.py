"""Retry what failed for good, once its cause is fixed: dead effects, and events that were set aside."""

from datetime import datetime

from domain.ids import EffectId, EventId
from domain.permissions import Action
from flows.ports.store import AuditEntry, Store

LIMIT = 1000


async def retry_dead(store: Store, effect_id: EffectId | None, *, who: str, now: datetime) -> int:
    """Retry one dead effect, or all (None), 1000 at most; record it and return how many."""
    async with store.begin() as unit:
        chosen = (
            [effect_id] if effect_id else [row.id for row in await unit.outbox.listed(states=["dead"], limit=LIMIT)]
        )
        revived = [each for each in chosen if await unit.outbox.retry(each)]
        for each in revived:
            entry = AuditEntry(who=who, action=Action.RETRY_EFFECTS.value, whom=str(each), at=now, outcome="done")
            await unit.audit.append(entry)
        await unit.commit()
    return len(revived)


async def retry_set_aside(store: Store, event_id: EventId | None, *, who: str, now: datetime) -> int:
    """Have one event tried again, or all (None), 1000 at most; record it and return how many."""
    async with store.begin() as unit:
        chosen = [event_id] if event_id else [each.id for each in await unit.inbox.listed_aside(limit=LIMIT)]
        revived = [each for each in chosen if await unit.inbox.try_again(each)]
        for each in revived:
            entry = AuditEntry(who=who, action=Action.RETRY_EFFECTS.value, whom=each, at=now, outcome="done")
            await unit.audit.append(entry)
        await unit.commit()
    return len(revived)
