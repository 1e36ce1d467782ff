"""The backfill: cancellations from before the first start, or from a time whose events Stripe no longer has."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from domain.billing.monthly_value import MonthlyValue
from domain.cancellations.sequel import Switch
from domain.cancellations.stored_case import Case, CustomerReturn
from domain.ids import CaseId, SubscriptionId
from domain.money import Money, sum_by_currency
from flows.cancellations.track_case import CaseTracker
from flows.effects import EnrichCase
from flows.events.poll import EventPoller
from flows.failures import VersionConflict, retry_conflicts
from flows.outbox.message_updates import CardUpdates, schedule_evaluation
from flows.ports.context import Context
from flows.ports.store import AuditEntry, UnitOfWork

NEWEST = datetime(9999, 1, 1, tzinfo=UTC)
"""Where a new walk begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillProgress:
    """How far a walk has come: subscriptions recorded so far, and the creation of the oldest one read."""

    recorded: int
    walked_to: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillResult:
    """The cases of the time walked, by state; `new` of them are from this walk.

    `lost` is the monthly value of those who did not come back, one amount per currency; `unknown` counts those whose
    value isn't known.
    """

    pending: int
    ended: int
    resumed: int
    new: int
    lost: tuple[Money, ...]
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Backfill:
    """Walks Stripe's subscriptions back to a moment. An interrupted walk continues on the same day."""

    context: Context
    tracker: CaseTracker
    event_poller: EventPoller
    cards: CardUpdates

    async def run(
        self,
        *,
        length: timedelta,
        post: bool,
        propose: bool,
        who: str,
        now: datetime,
        progress: Callable[[BackfillProgress], None],
    ) -> BackfillResult:
        """Record who cancelled within a length of time, silently unless `post` or `propose`.

        With `post` the cases get cards; with `propose` they are evaluated against the policy, and those with a proposal
        get a card too. A backfill before the first start counts as the first start: later cases are posted.
        """
        await self.event_poller.begin(now=now)
        since = now - length
        mark = f"backfill:{now:%Y-%m-%d}:{length.days}:{post:d}{propose:d}"
        async with self.context.store.read() as unit:
            position = await unit.checkpoints.get(mark) or NEWEST
        recorded = new = 0
        async for page in self.context.billing.cancelled_subscriptions(
            since=since, walked_to=None if position == NEWEST else position
        ):
            for subscription_id in page.ids:
                new += await self._record(subscription_id, since, now=now)
                recorded += 1
            await self._note(mark, page.walked_to)
            progress(BackfillProgress(recorded=recorded, walked_to=page.walked_to))
        if post or propose:
            await self._open_up(since, post=post, propose=propose, now=now)
        await self._note(mark, NEWEST)
        found = await self._found(since, new=new)
        async with self.context.store.begin() as unit:
            note = f"{length.days} days, {new} new{', posted' * post}{', proposed for' * propose}"
            await unit.audit.append(AuditEntry(who=who, action="backfill", at=now, note=note))
            await unit.commit()
        return found

    async def _record(self, subscription_id: SubscriptionId, since: datetime, *, now: datetime) -> int:
        """Record one subscription; return how many of its cases are new."""
        async with self.context.store.read() as unit:
            before = {case.id for case in await unit.cases.of_subscription(subscription_id)}
        await self.tracker.refresh(subscription_id, now=now)
        async with self.context.store.read() as unit:
            cases = await unit.cases.of_subscription(subscription_id)
        return sum(case.id not in before for case in cases if _is_of(case, since))

    async def _open_up(self, since: datetime, *, post: bool, propose: bool, now: datetime) -> None:
        """Post the cases of the time walked, or evaluate them against the policy, in the order of the requests."""
        async with self.context.store.read() as unit:
            ids = await unit.cases.requested_or_ended_ids(since=since)

        async def open_up(case_id: CaseId) -> None:
            async with self.context.store.begin() as unit:
                case = await unit.cases.get(case_id)
                if case is None or not _is_of(case, since):
                    return
                loud = replace(case, silent=False)
                if case.silent and not await unit.cases.save(loud):
                    raise VersionConflict("somebody changed the case at the same time")
                if post:
                    await self.cards.schedule(unit, loud, now=now)
                    await unit.outbox.add(EnrichCase(case.id), key=f"enrich:{case.id}:backfill", due_at=now)
                if propose:
                    await schedule_evaluation(unit, case.id, at=now)
                await unit.commit()

        for case_id in ids:
            await retry_conflicts(partial(open_up, case_id))

    async def _note(self, mark: str, position: datetime) -> None:
        async with self.context.store.begin() as unit:
            await unit.checkpoints.set(mark, position)
            await unit.commit()

    async def _found(self, since: datetime, *, new: int) -> BackfillResult:
        async with self.context.store.read() as unit:
            ids = await unit.cases.requested_ids(since=since)
            cases = [case for case in [await unit.cases.get(each) for each in ids] if case is not None]
            lost = [await _value(unit, case) for case in cases if not await _is_kept(unit, case)]
        states = [case.episode.state for case in cases]
        return BackfillResult(
            pending=states.count("pending"),
            ended=states.count("ended"),
            resumed=states.count("resumed"),
            new=new,
            lost=sum_by_currency([value.would_be for value in lost if value is not None and value.has_amount]),
            unknown=sum(value is not None and not value.has_amount for value in lost),
        )


def _is_of(case: Case, since: datetime) -> bool:
    episode = case.episode
    return episode.state != "withdrawn" and (episode.ended_at or episode.requested_at) >= since


async def _is_kept(unit: UnitOfWork, case: Case) -> bool:
    return isinstance(await unit.cases.sequel(case), CustomerReturn | Switch)


async def _value(unit: UnitOfWork, case: Case) -> MonthlyValue | None:
    row = await unit.observations.row(case.subscription_id)
    return case.lost(row.facts) if row is not None and row.facts is not None else None
