"""Pausing all sending: what was approved waits, and nothing more is approved that would be sent."""

from dataclasses import dataclass
from datetime import datetime

from domain.permissions import Action
from flows.people.staff_permissions import PermissionDenied, StaffPermissions
from flows.ports import Staff
from flows.ports.context import Context
from flows.ports.store import AuditEntry, SendingPause, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingResumed:
    """Sending goes on; what waited goes out within minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPaused:
    """There was nothing to resume."""


@dataclass(frozen=True, slots=True)
class PauseControl:
    """The words `pause` and `resume`."""

    context: Context
    permission: StaffPermissions

    async def paused(self) -> SendingPause | None:
        """Say who paused all sending and when; None where it is not paused."""
        async with self.context.store.read() as unit:
            return await unit.sending_pauses.current()

    async def pause(self, *, requester: Staff, now: datetime) -> SendingPause | PermissionDenied:
        """Pause all sending; who was first stays named."""
        denial = await self.permission.denial(requester, Action.PAUSE, now=now)
        if denial is not None:
            return denial
        async with self.context.store.begin() as unit:
            if await unit.sending_pauses.begin(by=requester.id, at=now):
                await _record(unit, Action.PAUSE, requester, now=now)
                await unit.commit()
                return SendingPause(by=requester.id, at=now)
        return await self.paused() or SendingPause(by=requester.id, at=now)

    async def resume(self, *, requester: Staff, now: datetime) -> SendingResumed | NotPaused | PermissionDenied:
        """Let sending go on."""
        denial = await self.permission.denial(requester, Action.RESUME, now=now)
        if denial is not None:
            return denial
        async with self.context.store.begin() as unit:
            if not await unit.sending_pauses.end():
                return NotPaused()
            await _record(unit, Action.RESUME, requester, now=now)
            await unit.commit()
        return SendingResumed()


async def _record(unit: UnitOfWork, action: Action, requester: Staff, *, now: datetime) -> None:
    entry = AuditEntry(who=requester.id, action=action.value, whom=None, at=now, outcome="done")
    await unit.audit.append(entry)
