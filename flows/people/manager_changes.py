"""Who may decide must not change unseen: each change of the effective managers is recorded and announced."""

from dataclasses import dataclass
from datetime import datetime

from domain.ids import StaffId
from domain.permissions import Role
from flows.effects import AnnounceManagers
from flows.ports.context import Context
from flows.ports.store import AuditEntry

WHO = "directory"
"""In the record: nobody said it to us; Slack's groups and accounts, or the settings, are different now."""


@dataclass(frozen=True, slots=True)
class ManagerChanges:
    """Compares the managers of now with those last known, however the change came about."""

    context: Context

    async def look(self, *, now: datetime) -> None:
        """Record and announce what changed since the last look; the first look only remembers.

        Raises Unavailable or Unclear where Slack cannot be asked: then all stays as it was known.
        """
        members = await self.context.directory.members(Role.MANAGER)
        async with self.context.store.read() as unit:
            known = await unit.role_snapshots.known(Role.MANAGER)
        if known == members:
            return
        async with self.context.store.begin() as unit:
            if not await unit.role_snapshots.replace(Role.MANAGER, known=known, members=members):
                return
            if known is not None:
                became, ceased = tuple(sorted(members - known)), tuple(sorted(known - members))
                for people, outcome in ((became, "became"), (ceased, "ceased")):
                    for each in people:
                        await unit.audit.append(_entry(each, outcome=outcome, now=now))
                if self.context.settings.approvals is not None:
                    await unit.outbox.add(AnnounceManagers(became, ceased, self.context.settings.approvals), due_at=now)
            await unit.commit()


def _entry(manager: StaffId, *, outcome: str, now: datetime) -> AuditEntry:
    return AuditEntry(who=WHO, action="managers_changed", whom=manager, at=now, outcome=outcome)
