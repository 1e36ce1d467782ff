"""Permissions: checked when staff start a flow, and again when an effect of theirs runs."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar, cast

from domain.ids import StaffId
from domain.permissions import Action, Role, allowed, who_may
from flows.failures import OutsideFailure, Refused, Unavailable, Unclear, answer_failures
from flows.ports import NotStaff, Staff
from flows.ports.context import Context
from flows.ports.store import AuditEntry

RECORDED_ONCE_IN = timedelta(minutes=2)

Params = ParamSpec("Params")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionDenied:
    """Not allowed, and why: `no_role`, `guest`, `outsider`, `bot`, `deactivated`, `unknown`. `ask`: people who may."""

    action: Action
    why: str
    ask: tuple[StaffId, ...]


@dataclass(frozen=True, slots=True)
class StaffPermissions:
    """Checks permissions in the directory and denies by default.

    Denials are recorded, once for a person, an action and a minute: nobody can fill the record by pressing.
    """

    context: Context

    async def denial(
        self, staff: Staff, action: Action, *, whom: str | None = None, now: datetime
    ) -> PermissionDenied | None:
        """Return why somebody may not, or None if they may; any doubt means no."""
        roles = await self._roles(staff)
        if not isinstance(roles, NotStaff) and allowed(action, roles):
            return None
        why = roles.why if isinstance(roles, NotStaff) else "no_role"
        ask = await self._who_may(action) if why in {"no_role", "unknown"} else ()
        async with self.context.store.begin() as unit:
            denied = f"denied:{staff.id}:{action.value}:{now:%Y-%m-%dT%H:%M}"
            if await unit.checkpoints.first_sight(denied, at=self.context.wall(), keep=RECORDED_ONCE_IN):
                await unit.audit.append(
                    AuditEntry(who=staff.id, action=action.value, whom=whom, at=now, outcome="denied", note=why)
                )
            await unit.commit()
        return PermissionDenied(action=action, why=why, ask=ask)

    async def may(self, staff: Staff, action: Action) -> bool:
        """Return whether somebody may, for buttons that depend on it; record nothing, and any doubt means no."""
        roles = await self._roles(staff)
        return not isinstance(roles, NotStaff) and allowed(action, roles)

    async def confirmed(self, who: StaffId, action: Action) -> bool:
        """Return whether somebody who isn't here may; raises Unavailable if Slack doesn't say."""
        try:
            roles = await self.context.directory.roles(Staff(id=who, team_id=None))
        except (Refused, Unclear) as fault:
            raise Unavailable(f"Slack does not say who is who: {fault}") from fault
        return not isinstance(roles, NotStaff) and allowed(action, roles)

    async def _roles(self, staff: Staff) -> frozenset[Role] | NotStaff:
        try:
            return await self.context.directory.roles(staff)
        except (Refused, Unavailable, Unclear):
            return NotStaff(why="unknown")

    async def _who_may(self, action: Action) -> tuple[StaffId, ...]:
        """Return up to three people to ask; nobody if the directory can't be read."""
        try:
            members = [await self.context.directory.members(role) for role in sorted(who_may(action))]
        except (Refused, Unavailable, Unclear):
            return ()
        return first_few(member for group in members for member in sorted(group))


def first_few(people: Iterable[StaffId]) -> tuple[StaffId, ...]:
    """Return the first three different people."""
    return tuple(dict.fromkeys(people))[:3]


class StaffFlow(Protocol):
    """A flow that staff start."""

    @property
    def context(self) -> Context:
        """What every flow works with."""

    @property
    def permission(self) -> StaffPermissions:
        """The check of permissions."""


Flow = TypeVar("Flow", bound=StaffFlow)


def for_staff(
    action: Action, *, whom: str | None = None
) -> Callable[
    [Callable[Concatenate[Flow, Params], Awaitable[Result]]],
    Callable[Concatenate[Flow, Params], Awaitable[Result | PermissionDenied | OutsideFailure]],
]:
    """Let only those call a flow's method who may, and answer failed calls; `whom` is the argument to record."""

    def decorate(
        method: Callable[Concatenate[Flow, Params], Awaitable[Result]],
    ) -> Callable[Concatenate[Flow, Params], Awaitable[Result | PermissionDenied | OutsideFailure]]:
        @wraps(method)
        async def answer(
            flow: Flow, /, *args: Params.args, **given: Params.kwargs
        ) -> Result | PermissionDenied | OutsideFailure:
            requester, now = cast("Staff", given["requester"]), cast("datetime", given["now"])
            about = str(given[whom]) if whom else None

            async def work() -> Result | PermissionDenied:
                denial = await flow.permission.denial(requester, action, whom=about, now=now)
                return denial or await method(flow, *args, **given)

            return await answer_failures(flow.context.new_id(), work)

        return answer

    return decorate
