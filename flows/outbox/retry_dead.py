"""Retrying dead effects, once their cause is fixed."""

from datetime import datetime

from domain.ids import EffectId
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
