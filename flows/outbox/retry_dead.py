"""Bringing dead effects back to life, once what killed them is mended."""

from datetime import datetime

from domain.ids import EffectId
from domain.permissions import Action
from flows.ports.store import AuditEntry, Store

LIMIT = 1000


async def retry_dead(store: Store, effect_id: EffectId | None, *, who: str, now: datetime) -> int:
    """Revive one dead effect, or (None) all of them, a thousand at most; says how many, and records it."""
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
