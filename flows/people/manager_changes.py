"""Changes of who is a manager are recorded and announced, so that nobody becomes one unnoticed."""

from dataclasses import dataclass
from datetime import datetime

from domain.permissions import Role
from flows.effects import AnnounceManagers
from flows.ports.context import Context
from flows.ports.store import AuditEntry

WHO = "directory"
"""Who changed it, for the audit record: Slack's groups and accounts, or the settings."""


@dataclass(frozen=True, slots=True)
class ManagerChanges:
    """Compares the managers now with those at the last check."""

    context: Context

    async def look(self, *, now: datetime) -> None:
        """Record and announce what changed since the last check; the first check only stores.

        Raises Unavailable or Unclear if Slack can't be asked: then nothing is stored.
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
                        entry = AuditEntry(who=WHO, action="managers_changed", whom=each, at=now, outcome=outcome)
                        await unit.audit.append(entry)
                if self.context.settings.approvals is not None:
                    await unit.outbox.add(AnnounceManagers(became, ceased, self.context.settings.approvals), due_at=now)
            await unit.commit()
