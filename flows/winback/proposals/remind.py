"""Each weekday, one reminder that lists what waits for a decision."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.winback.sending_hours import is_open
from flows.effects import RemindApprovals
from flows.ports.context import Context
from flows.winback.policy.active_policy import ActivePolicy


@dataclass(frozen=True, slots=True)
class ApprovalReminders:
    """The job that schedules the reminder of the day."""

    context: Context
    policies: ActivePolicy

    async def remind(self, now: datetime) -> None:
        """Schedule today's reminder once the sending hours have begun."""
        policy = self.policies.current
        limits, zone = policy.limits, policy.zone or ZoneInfo("UTC")
        if self.context.settings.approvals is None or not is_open(limits.hours, zone, now):
            return
        day = now.astimezone(zone).date().isoformat()
        key = f"remind:{day}"
        async with self.context.store.read() as unit:
            if await unit.outbox.by_key(key) is not None:
                return
        async with self.context.store.begin() as unit:
            await unit.outbox.add(RemindApprovals(day, self.context.settings.approvals), key=key, due_at=now)
            await unit.commit()
