"""Reports for staff: the same figures in `/winback stats`, on the App Home and in the docs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from domain.permissions import Action
from domain.results.funnel import Funnel, funnel
from domain.winback.lift import lift
from domain.winback.outcome import FINAL_AFTER
from domain.winback.policy import Policy
from flows.people.staff_permissions import StaffPermissions, for_staff
from flows.ports import Staff
from flows.ports.context import Context
from flows.ports.store import Store, UnitOfWork
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.results.answers import DayCounts, HomeFigures, LossReport, Stats, Summary
from flows.winback.results.count_cases import lines_of
from flows.winback.results.metrics import days, losses, summary
from flows.winback.results.period import Period

MONTH = timedelta(days=30)
YEAR = timedelta(days=365)
PEOPLE_AT_ONCE = 20
"""Whose cases are counted in one transaction: it takes a few milliseconds."""
MOST_AT_A_LOOK = 2000
MOST_BEFORE_A_REPORT = 500
"""How many changes a report has counted before it adds up; if there are more, it says so."""


@dataclass(frozen=True, slots=True)
class CaseCounting:
    """Keeps what the reports add up right, in steps of a few people."""

    store: Store

    async def look(self, now: datetime) -> None:
        """Count what changed since the last look; the work of more than about two seconds waits for the next."""
        await self.catch_up(most=MOST_AT_A_LOOK)

    async def catch_up(self, *, most: int | None = None) -> None:
        """Count the cases of people of whom something changed; `most`: of about so many changes only."""
        counted = 0
        while most is None or counted < most:
            async with self.store.read() as unit:  # an idle bot takes no write lock
                if not await unit.reports.has_changes():
                    return
            async with self.store.begin() as unit:
                people = await unit.reports.take_changed(limit=PEOPLE_AT_ONCE)
                await unit.reports.replace(people, lines_of(await unit.reports.measured(people)))
                await unit.commit()
            counted += PEOPLE_AT_ONCE


@dataclass(frozen=True, slots=True)
class ResultsReport:
    """The commands `stats` and `leak`, and the figures of the App Home."""

    context: Context
    permission: StaffPermissions
    policies: ActivePolicy

    @property
    def zone(self) -> tzinfo:
        """The timezone of days and months."""
        return self.policies.current.zone or UTC

    @for_staff(Action.STATS)
    async def stats(self, *, requester: Staff, period: Period, now: datetime) -> Stats:
        """Return the summary of a period, and the lift.

        The lift is of the year that ended five months ago, because by now everybody in it has had time to return and
        stay.
        """
        settled = now - FINAL_AFTER
        async with counted(self.context.store) as unit:
            offered, held_out, talked_to = await unit.reports.arms(since=settled - YEAR, until=settled)
            return Stats(
                summary=await summary_of(unit, period),
                lift=lift(offered, held_out),
                funnel=await read_funnel(unit, self.policies.current, since=period.since, until=period.until),
                lift_since=settled - YEAR,
                lift_until=settled,
                talked_to=talked_to,
                uncounted=await unit.reports.count_changed(),
            )

    @for_staff(Action.LEAK)
    async def losses(self, *, requester: Staff, period: Period, now: datetime) -> LossReport:
        """Return what those who left in a period cost per month, why, and how much of it a rule addressed."""
        async with counted(self.context.store) as unit:
            groups = await unit.reports.groups(since=period.since, until=period.until)
            uncounted = await unit.reports.count_changed()
        return losses(groups, since=period.since, until=period.until, uncounted=uncounted)

    async def home(self, *, now: datetime) -> HomeFigures:
        """Return the figures of the last 30 days; raises Unavailable if the database is away."""
        month = Period.last(MONTH, now=now)
        async with counted(self.context.store) as unit:
            left_and_back = [
                (on, await unit.reports.left_and_back(day, since=month.since, until=now))
                for on, day in days(since=month.since, until=now, zone=self.zone)
            ]
            return HomeFigures(
                summary=await summary_of(unit, month),
                days=tuple(DayCounts(on=on, left=left, back=back) for on, (left, back) in left_and_back),
                funnel=await read_funnel(unit, self.policies.current, since=month.since, until=now),
                uncounted=await unit.reports.count_changed(),
            )


async def read_funnel(unit: UnitOfWork, policy: Policy, *, since: datetime, until: datetime) -> Funnel:
    """Return how far the cases requested in a span have come."""
    return funnel(await unit.stops.counts(since=since, until=until), consent_key=policy.consent.key)


@asynccontextmanager
async def counted(store: Store) -> AsyncIterator[UnitOfWork]:
    """Read the reports once what changed last is counted."""
    await CaseCounting(store).catch_up(most=MOST_BEFORE_A_REPORT)
    async with store.read() as unit:
        yield unit


async def summary_of(unit: UnitOfWork, period: Period) -> Summary:
    """Count a period for a summary."""
    groups = await unit.reports.groups(since=period.since, until=period.until)
    shared = await unit.reports.shared_returns(since=period.since, until=period.until)
    return summary(groups, shared, since=period.since, until=period.until)
