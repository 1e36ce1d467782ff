"""Watch the policy file: use a new one, and alert the managers if it can't be used."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from flows.effects import AlertFaultyPolicy
from flows.outbox.dispatcher import Attempt
from flows.ports.context import Context
from flows.winback.policy.active_policy import ActivePolicy


@dataclass(frozen=True, slots=True)
class PolicyWatch:
    """The look at the policy file, and the work behind `AlertFaultyPolicy`."""

    context: Context
    policies: ActivePolicy

    async def look(self, now: datetime) -> None:
        """Use the policy file if it has changed; report new faults in the approvals channel, once a day."""
        before = self.policies.fault
        await self.policies.look(now)
        faults, to = self.policies.fault, self.context.settings.approvals
        if not faults or faults == before or to is None:
            return
        digest = sha256("\n".join(faults).encode()).hexdigest()[:12]
        key = f"faulty policy:{digest}:{now.date().isoformat()}"
        async with self.context.store.begin() as unit:
            if await unit.outbox.by_key(key) is None:
                await unit.outbox.add(AlertFaultyPolicy(digest, to), key=key, due_at=now)
                await unit.commit()

    async def alert(self, effect: AlertFaultyPolicy, attempt: Attempt, now: datetime) -> None:
        """Post what is wrong with the newer policy, unless that has been fixed."""
        faults = self.policies.fault
        if faults or attempt.row.attempt_started_at is not None:
            await attempt.alert(self.context.wording.faulty_policy_text(faults), to=effect.to)
