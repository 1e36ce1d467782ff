"""The policy in use: read again when its file changes; a faulty newer one is not taken, and it is said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.winback.policy import Policy
from flows.effects import EvaluateAllCases
from flows.ports.store import AuditEntry, Store

ReadPolicy = Callable[[], Policy | Sequence[str]]
"""Reads the policy afresh: a policy, or every fault in a sentence."""

_NEWEST = "policy"
"""When the newest policy was taken; the same moment stands under its own digest, so that it is known which that is."""


@dataclass(slots=True)
class ActivePolicy:
    """Holds the policy that decisions are made by. `fault` says what is wrong with a newer one that was not taken."""

    store: Store
    current: Policy
    read: ReadPolicy
    fault: tuple[str, ...] = ()

    async def begin(self, now: datetime) -> None:
        """Have every open case held against the policy, if it is not the one of the last start."""
        await self._take(self.current, now=now)

    async def look(self, now: datetime) -> None:
        """Take a newer policy if there is one and it is good; every open case is then held against it anew."""
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
