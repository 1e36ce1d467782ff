"""The policy in use. It is read again when its file changes; a faulty file is reported and not used."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from domain.winback.policy import Policy
from flows.effects import AlertFaultyPolicy, EvaluateAllCases
from flows.outbox.dispatcher import Attempt
from flows.ports.context import Context
from flows.ports.store import AuditEntry, Store

ReadPolicy = Callable[[], Policy | Sequence[str]]
"""Returns the policy as its file is now, or a sentence for each fault."""

_NEWEST = "policy"
"""When the newest policy came into use. The same time is stored under its digest, which tells which policy that is."""


@dataclass(slots=True)
class ActivePolicy:
    """The policy that decisions are made by; `fault` lists what is wrong with a newer file that isn't used."""

    store: Store
    current: Policy
    read: ReadPolicy
    fault: tuple[str, ...] = ()

    async def begin(self, now: datetime) -> None:
        """Have every open case evaluated if this isn't the policy of the last start."""
        await self._take(self.current, now=now)

    async def look(self, now: datetime) -> None:
        """Use the policy file if it has changed and has no fault, and have every open case evaluated again."""
        found = self.read()
        if not isinstance(found, Policy):
            self.fault = tuple(found)
            return
        self.fault = ()
        if found.digest != self.current.digest:
            await self._take(found, now=now)
            self.current = found

    async def _take(self, policy: Policy, *, now: datetime) -> None:
        async with self.store.begin() as unit:
            newest = await unit.checkpoints.get(_NEWEST)
            if newest is not None and newest == await unit.checkpoints.get(_taken(policy)):
                return
            await unit.checkpoints.set(_NEWEST, now)
            await unit.checkpoints.set(_taken(policy), now)
            await unit.outbox.add(EvaluateAllCases(policy.digest), due_at=now)
            await unit.audit.append(
                AuditEntry(who="winback", action="policy", whom=policy.digest[:12], at=now, outcome="taken")
            )
            await unit.commit()


def _taken(policy: Policy) -> str:
    return f"{_NEWEST}:{policy.digest}"


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
