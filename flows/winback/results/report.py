"""Reports for staff: the same figures in `/winback stats`, on the App Home and in the docs."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.permissions import Action
from domain.winback.lift import lift
from domain.winback.outcome import FINAL_AFTER
from flows.people.staff_permissions import StaffPermissions, for_staff
from flows.ports import Staff
from flows.ports.context import Context
from flows.ports.store import MeasuredCase
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.results.answers import HomeFigures, LossReport, Stats
from flows.winback.results.metrics import arms, days, losses, summary

MONTH = timedelta(days=30)
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class ResultsReport:
    """The commands `stats` and `leak`, and the figures of the App Home."""

    context: Context
    permission: StaffPermissions
    policies: ActivePolicy

    @for_staff(Action.STATS)
    async def stats(self, *, requester: Staff, span: timedelta, now: datetime) -> Stats:
        """Return the summary of the last `span`, and the lift.

        The lift is of the year that ended five months ago, because by now everybody in it has had time to return and
        stay.
        """
        settled = now - FINAL_AFTER
        offered, held_out, talked_to = arms(await self._cases(since=settled - YEAR, until=settled), by=settled)
        return Stats(
            summary=summary(await self._cases(since=now - span, until=now), since=now - span, until=now),
            lift=lift(offered, held_out),
            lift_since=settled - YEAR,
            lift_until=settled,
            talked_to=talked_to,
        )

    @for_staff(Action.LEAK)
    async def losses(self, *, requester: Staff, span: timedelta, now: datetime) -> LossReport:
        """Return what those who left in the last `span` cost per month, why, and how much of it a rule addressed."""
        return losses(await self._cases(since=now - span, until=now), since=now - span, until=now)

    async def home(self, *, now: datetime) -> HomeFigures:
        """Return the figures of the last 30 days; raises Unavailable if the database is away."""
        cases = await self._cases(since=now - MONTH, until=now)
        zone = self.policies.current.zone or UTC
        return HomeFigures(
            summary=summary(cases, since=now - MONTH, until=now),
            days=days(cases, since=now - MONTH, until=now, zone=zone),
        )

    async def _cases(self, *, since: datetime, until: datetime) -> list[MeasuredCase]:
        async with self.context.store.read() as unit:
            return await unit.outcomes.measured(since=since, until=until)
