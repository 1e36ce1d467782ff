"""The policy in use: read again when its file changes; a faulty newer one is not taken, and it is said."""

from collections.abc import Callable, Sequence
from datetime import datetime

from domain.winback.policy import Policy
from flows.effects import EvaluateAllCases
from flows.ports.store import AuditEntry, Store

ReadPolicy = Callable[[], Policy | Sequence[str]]
"""Reads the policy afresh: a policy, or every fault in a sentence."""

_NEWEST = "policy"
"""When the newest policy was taken; the same moment stands under its own digest, so that it is known which that is."""


class ActivePolicy:
    """Holds the policy that decisions are made by. `fault` says what is wrong with a newer one that was not taken."""

    def __init__(self, current: Policy, *, read: ReadPolicy, store: Store) -> None:
        self._current = current
        self._read = read
        self._store = store
        self.fault: tuple[str, ...] = ()

    @property
    def current(self) -> Policy:
        """The policy in use."""
        return self._current

    async def begin(self, now: datetime) -> None:
        """Have every open case held against the policy, if it is not the one of the last start."""
        await self._take(self._current, now=now)

    async def look(self, now: datetime) -> None:
        """Take a newer policy if there is one and it is good; every open case is then held against it anew."""
        found = self._read()
        if not isinstance(found, Policy):
            self.fault = tuple(found)
            return
        self.fault = ()
        if found.digest != self._current.digest:
            await self._take(found, now=now)
            self._current = found

    async def _take(self, policy: Policy, *, now: datetime) -> None:
        async with self._store.begin() as unit:
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
