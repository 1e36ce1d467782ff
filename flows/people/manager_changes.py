"""Who may decide must not change unseen: each change of the effective managers is recorded and announced."""

from datetime import datetime

from domain.ids import ChannelId, StaffId
from domain.permissions import Role
from flows.effects import AnnounceManagers
from flows.ports import Directory
from flows.ports.store import AuditEntry, Store

WHO = "directory"
"""In the record: nobody said it to us; Slack's groups and accounts, or the settings, are different now."""


class ManagerChanges:
    """Compares the managers of now with those last known, however the change came about."""

    def __init__(self, *, store: Store, directory: Directory, approvals: ChannelId | None) -> None:
        """`approvals` is the channel that is told; None: the record alone."""
        self._store = store
        self._directory = directory
        self._approvals = approvals

    async def look(self, *, now: datetime) -> None:
        """Record and announce what changed since the last look; the first look only remembers.

        Raises Unavailable or Unclear where Slack cannot be asked: then all stays as it was known.
        """
        members = await self._directory.members(Role.MANAGER)
        async with self._store.read() as unit:
            known = await unit.role_snapshots.known(Role.MANAGER)
        if known == members:
            return
        async with self._store.begin() as unit:
            if not await unit.role_snapshots.replace(Role.MANAGER, known=known, members=members):
                return
            if known is not None:
                became, ceased = tuple(sorted(members - known)), tuple(sorted(known - members))
                for people, outcome in ((became, "became"), (ceased, "ceased")):
                    for each in people:
                        await unit.audit.append(_entry(each, outcome=outcome, now=now))
                if self._approvals is not None:
                    await unit.outbox.add(AnnounceManagers(became, ceased, self._approvals), due_at=now)
            await unit.commit()


def _entry(manager: StaffId, *, outcome: str, now: datetime) -> AuditEntry:
    return AuditEntry(who=WHO, action="managers_changed", whom=manager, at=now, outcome=outcome)
