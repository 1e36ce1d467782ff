"""Limits on look-ups: each is counted first and recorded, so that nobody can search for addresses at will."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.permissions import Action
from flows.effects import AlertLookups
from flows.people.identify import address_digests
from flows.portal_links.answers import LookupLimited
from flows.portal_links.deliver import DAY
from flows.ports.context import Context
from flows.ports.store import AuditEntry, LookupRow

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LookupLimits:
    """Counts each agent's look-ups, with or without a result, from any command; a customer counts once in 24 hours."""

    context: Context

    async def count(self, row: LookupRow, action: Action, *, now: datetime) -> LookupLimited | None:
        """Count a look-up before it is made; at the limit return LookupLimited instead."""
        terms = self.context.settings
        async with self.context.store.begin() as unit:
            await unit.lookups.lock_staff(row.staff_id)
            known = await unit.lookups.is_repeat(row)
            for limit, per, span in ((terms.per_minute, "minute", timedelta(minutes=1)), (terms.per_day, "day", DAY)):
                if not known and await unit.lookups.count(row.staff_id, now=now, span=span) >= limit:
                    await unit.audit.append(entry(row, action, None, outcome="limited", now=now))
                    await unit.commit()
                    return LookupLimited(limit=limit, per="minute" if per == "minute" else "day")
            await unit.lookups.add(row)
            if await unit.lookups.count(row.staff_id, now=now, span=HOUR) == terms.tell_managers_at:
                for to in terms.tell:
                    key = f"lookups:{row.staff_id}:{now:%Y-%m-%dT%H}:{to}"
                    await unit.outbox.add(AlertLookups(row.staff_id, to), key=key, due_at=now)
            await unit.commit()
        return None

    async def record(self, row: LookupRow, action: Action) -> None:
        """Store what was found, and record who was looked up; an address without a customer gets an id."""
        outcome = f"found {len(row.found)}"
        async with self.context.store.begin() as unit:
            await unit.lookups.save(row)
            whom: Sequence[str] = row.found or (row.typed,)
            if not row.found and "@" in row.typed:
                digests = address_digests(self.context.keyring, row.typed)
                whom = (str(await unit.audit.unknown(digests, new_id=self.context.new_id())),)
            for each in whom:
                await unit.audit.append(entry(row, action, each, outcome=outcome, now=row.at))
            await unit.commit()


def entry(row: LookupRow, action: Action, whom: str | None, *, outcome: str, now: datetime) -> AuditEntry:
    """Return the audit entry of a look-up, with the agent's ticket."""
    return AuditEntry(who=row.staff_id, action=action.value, whom=whom, at=now, outcome=outcome, note=row.ticket or "")
