"""The policy in use. It is read again when its file changes; a faulty file is reported and not used."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.winback.policy import Policy
from flows.effects import EvaluateAllCases
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
