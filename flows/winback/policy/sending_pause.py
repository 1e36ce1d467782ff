"""Pause all sending: approved emails wait, and nothing that would be emailed can be approved."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.permissions import Action
from flows.failures import Unavailable
from flows.people.staff_permissions import StaffPermissions, for_staff
from flows.ports import Staff
from flows.ports.context import Context
from flows.ports.store import AuditEntry, SendingPause, UnitOfWork

PAUSE_REST = timedelta(seconds=15)
"""How soon a waiting email is tried again while all sending is paused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingResumed:
    """Sending goes on; what waited is sent within minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseQuestion:
    """Nothing is paused yet; so many approved emails would wait."""

    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPaused:
    """Sending wasn't paused."""


@dataclass(frozen=True, slots=True)
class PauseControl:
    """The commands `pause` and `resume`."""

    context: Context
    permission: StaffPermissions

    async def paused(self) -> SendingPause | None:
        """Return who paused all sending and when, or None."""
        async with self.context.store.read() as unit:
            return await unit.sending_pauses.current()

    @for_staff(Action.PAUSE)
    async def ask(self, *, requester: Staff, now: datetime) -> PauseQuestion | SendingPause:
        """Return what a pause would hold up; if sending is paused already, who did it."""
        async with self.context.store.read() as unit:
            paused = await unit.sending_pauses.current()
            return paused or PauseQuestion(waiting=(await unit.offers.unsent(limit=0)).total)

    @for_staff(Action.PAUSE)
    async def pause(self, *, requester: Staff, now: datetime) -> SendingPause:
        """Pause all sending; if it is paused already, return who did it first."""
        async with self.context.store.begin() as unit:
            if await unit.sending_pauses.begin(by=requester.id, at=now):
                await _record(unit, Action.PAUSE, requester, now=now)
                await unit.commit()
                return SendingPause(by=requester.id, at=now)
        return await self.paused() or SendingPause(by=requester.id, at=now)

    @for_staff(Action.RESUME)
    async def resume(self, *, requester: Staff, now: datetime) -> SendingResumed | NotPaused:
        """Resume sending."""
        async with self.context.store.begin() as unit:
            if not await unit.sending_pauses.end():
                return NotPaused()
            await _record(unit, Action.RESUME, requester, now=now)
            await unit.commit()
        return SendingResumed()


async def ensure_not_paused(pause_control: PauseControl) -> None:
    """Raise Unavailable while all sending is paused, so that the effect is tried again."""
    pause = await pause_control.paused()
    if pause is not None:
        raise Unavailable(f"all sending was paused by {pause.by}", retry_after=PAUSE_REST)


async def _record(unit: UnitOfWork, action: Action, requester: Staff, *, now: datetime) -> None:
    await unit.audit.append(AuditEntry(who=requester.id, action=action.value, at=now))
