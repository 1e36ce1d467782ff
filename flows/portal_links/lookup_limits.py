"""Limits on look-ups: each is counted first and recorded, so that nobody can search for addresses at will."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.billing.portal_access import Purpose
from domain.ids import LookupId, StaffId
from domain.permissions import Action
from flows.effects import AlertLookups
from flows.people.staff_permissions import StaffPermissions, for_staff
from flows.portal_links.answers import Address, LookupLimited, LookupsAdded
from flows.portal_links.deliver import DAY
from flows.ports import Staff
from flows.ports.context import Context
from flows.ports.store import AuditEntry, LookupRow, UnitOfWork

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MORE = 50
"""How many look-ups a manager adds for an agent's next 24 hours."""


@dataclass(frozen=True, slots=True)
class LookupLimits:
    """Counts each agent's look-ups, with or without a result, from any command; a customer counts once in 24 hours."""

    context: Context
    permission: StaffPermissions

    def new(
        self, requester: Staff, who: Address | str, *, purpose: Purpose, ticket: str | None, now: datetime
    ) -> LookupRow:
        """Return a look-up that is about to be made, with nothing found yet; `who` is an address or Stripe's id."""
        return LookupRow(
            id=LookupId(self.context.new_id()),
            staff_id=requester.id,
            at=now,
            typed=who.value if isinstance(who, Address) else who,
            purpose=purpose,
            ticket=ticket,
        )

    async def count(self, row: LookupRow, action: Action, *, now: datetime) -> LookupLimited | None:
        """Count a look-up before it is made; at a limit return LookupLimited instead, and tell the managers of a day's.

        They hear once an hour of many look-ups.
        """
        async with self.context.store.begin() as unit:
            await unit.lookups.lock_staff(row.staff_id)
            limited = None if await unit.lookups.is_repeat(row) else await self._limited(unit, row.staff_id, now=now)
            if limited is not None:
                await unit.audit.append(entry(row, action, None, outcome="limited", now=now))
                if limited.per == "day":
                    await self._tell(unit, row.staff_id, "day", f"{now:%Y-%m-%d}", now=now)
                await unit.commit()
                return limited
            await unit.lookups.add(row)
            many = self.context.settings.tell_managers_at
            if await unit.lookups.count(row.staff_id, now=now, span=HOUR) == many:
                await self._tell(unit, row.staff_id, "hour", f"{now:%Y-%m-%dT%H}", now=now)
            await unit.commit()
        return None

    @for_staff(Action.ADD_LOOKUPS, whom="staff_id")
    async def add_for_today(self, *, requester: Staff, staff_id: StaffId, now: datetime) -> LookupsAdded:
        """Let an agent look up MORE customers in the next 24 hours; once, however often it is asked for."""
        async with self.context.store.begin() as unit:
            await unit.lookups.lock_staff(staff_id)
            if await _may_have_more(unit, staff_id, now=now):
                return LookupsAdded(staff_id=staff_id, already=True)
            await unit.checkpoints.set(_grant(staff_id), now)
            action = Action.ADD_LOOKUPS.value
            await unit.audit.append(AuditEntry(who=requester.id, action=action, whom=staff_id, at=now, note=str(MORE)))
            await unit.commit()
        return LookupsAdded(staff_id=staff_id, already=False)

    async def record(self, row: LookupRow, action: Action) -> None:
        """Store what was found, and record who was looked up; an address without a customer gets an id."""
        outcome = f"found {len(row.found)}"
        async with self.context.store.begin() as unit:
            await unit.lookups.save(row)
            whom: Sequence[str] = row.found or (row.typed,)
            if not row.found and "@" in row.typed:
                digests = self.context.keyring.address_hashes(row.typed)
                whom = (str(await unit.audit.unknown(digests, new_id=self.context.new_id())),)
            for each in whom:
                await unit.audit.append(entry(row, action, each, outcome=outcome, now=row.at))
            await unit.commit()

    async def _limited(self, unit: UnitOfWork, staff_id: StaffId, *, now: datetime) -> LookupLimited | None:
        terms = self.context.settings
        a_minute = LookupLimited(limit=terms.per_minute, per="minute", wait=MINUTE)
        more = MORE if await _may_have_more(unit, staff_id, now=now) else 0
        a_day = LookupLimited(limit=terms.per_day + more, per="day", wait=DAY)
        for most in (a_day, a_minute):
            room_at = await unit.lookups.room_at(staff_id, now=now, span=most.wait, limit=most.limit)
            if room_at is not None:
                return LookupLimited(limit=most.limit, per=most.per, wait=room_at - now)
        return None

    async def _tell(
        self, unit: UnitOfWork, staff_id: StaffId, reached: Literal["hour", "day"], period: str, *, now: datetime
    ) -> None:
        for to in self.context.settings.tell:
            key = f"lookups:{staff_id}:{period}:{to}"
            await unit.outbox.add(AlertLookups(staff_id, to, reached), key=key, due_at=now)


async def _may_have_more(unit: UnitOfWork, staff_id: StaffId, *, now: datetime) -> bool:
    added_at = await unit.checkpoints.get(_grant(staff_id))
    return added_at is not None and now - added_at < DAY


def _grant(staff_id: StaffId) -> str:
    return f"more lookups:{staff_id}"


def entry(row: LookupRow, action: Action, whom: str | None, *, outcome: str, now: datetime) -> AuditEntry:
    """Return the audit entry of a look-up, with the agent's ticket."""
    return AuditEntry(who=row.staff_id, action=action.value, whom=whom, at=now, outcome=outcome, note=row.ticket or "")
