"""The digest: what happened in a week or a day, posted once for each, and shown at any time."""

from asyncio import to_thread
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from functools import partial

from domain.cancellations.stored_case import Case
from domain.money import Money
from domain.permissions import Action
from domain.results.digest import (
    Digest,
    DigestFigures,
    DigestPeriod,
    ReasonCount,
    WithoutCard,
    due_period,
    period_until,
)
from domain.results.funnel import Stage, Stop, funnel
from domain.results.themes import MOST_COMMENTS, find_themes
from flows.cancellations.case_cards import read_cards
from flows.cancellations.track_case import FIRST_START
from flows.effects import PostDigest, PostManagersDigest, PostNothingProposed
from flows.outbox.dispatcher import Attempt
from flows.people.staff_permissions import StaffPermissions, for_staff
from flows.ports import Staff
from flows.ports.context import Context
from flows.ports.store import ReportGroup, UnitOfWork
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.proposals.publish import ProposalPublisher
from flows.winback.results.lift_outlook import holdout_that_tells
from flows.winback.results.metrics import losses
from flows.winback.results.report import YEAR, counted, read_funnel

AT_ONCE = 100
MOST_SHOWN = 10
EVER = datetime(2000, 1, 1, tzinfo=UTC)
"""Before any case: Stripe is younger."""


@dataclass(frozen=True, slots=True)
class Digests:
    """The job that asks for digests, the work behind `PostDigest` and `PostManagersDigest`, and `/winback digest`."""

    context: Context
    permission: StaffPermissions
    policies: ActivePolicy
    proposals: ProposalPublisher
    stop_words: Callable[[], frozenset[str]]

    async def look(self, now: datetime) -> None:
        """Have the digest of the newest period posted that has ended since the first start, once.

        Its key is the day on which the period ended, so that several processes, restarts, moved clocks, and another
        `DIGEST_AT` or `TIMEZONE` ask for one message.
        """
        await self._look_for_silence(now)
        settings = self.context.settings
        period = due_period(settings.digest, at=settings.digest_at, zone=self.zone, now=now)
        if period is None:
            return
        until = period.until.isoformat()
        key = f"digest:{settings.digest}:{self._last_day(period)}"
        async with self.context.store.read() as unit:
            started_at = await unit.checkpoints.get(FIRST_START)
            if started_at is None or period.until <= started_at or await unit.outbox.by_key(key) is not None:
                return
        async with self.context.store.begin() as unit:
            await unit.outbox.add(PostDigest(until, period.days), key=key, due_at=now)
            if settings.approvals is not None:
                managers = PostManagersDigest(until, settings.approvals)
                await unit.outbox.add(managers, key=f"{key}:managers", due_at=now)
            await unit.commit()

    async def _look_for_silence(self, now: datetime) -> None:
        """Have the managers told, once for each week, that cases came due in it and nothing was proposed."""
        approvals = self.context.settings.approvals
        week = due_period("weekly", at=self.context.settings.digest_at, zone=self.zone, now=now)
        if approvals is None or week is None:
            return
        key = f"nothing_proposed:{self._last_day(week)}"
        async with self.context.store.read() as unit:
            if await unit.outbox.by_key(key) is not None:
                return
            if not await unit.stops.came_due(since=week.since, until=week.until):
                return
        async with self.context.store.begin() as unit:
            await unit.outbox.add(PostNothingProposed(week.until.isoformat(), approvals), key=key, due_at=now)
            await unit.commit()

    async def post_nothing_proposed(self, effect: PostNothingProposed, attempt: Attempt, now: datetime) -> None:
        """Post how many cases came due in a week in which nothing was proposed, and what stood against it."""
        week = period_until(datetime.fromisoformat(effect.until), days=7, zone=self.zone)
        async with self.context.store.read() as unit:
            causes = await unit.stops.came_due(since=week.since, until=week.until)
        stops = {Stop(Stage.DUE, cause): number for cause, number in causes.items()}
        if stops:
            found = funnel(stops, consent_key=self.policies.current.consent.key)
            await attempt.alert(self.context.wording.nothing_proposed_text(found), to=effect.to)

    async def post(self, effect: PostDigest, attempt: Attempt, now: datetime) -> None:
        """Post a period's digest into the cancellations channel; a day's only if something happened."""
        until = datetime.fromisoformat(effect.until)
        found = await self._digest(period_until(until, days=effect.days, zone=self.zone))
        if found.is_empty and self.context.settings.digest == "daily":
            return
        found = await self._with_themes(found)
        await attempt.post_once(partial(self.context.chat.post_digest, found, zone=self.zone), near=None)

    async def post_for_managers(self, effect: PostManagersDigest, attempt: Attempt, now: datetime) -> None:
        """Post into the approvals channel what waits for a decision, and the head of the audit log."""
        waiting = await self.proposals.waiting(now=now)
        async with self.context.store.read() as unit:
            head = await unit.audit.head()
        sentence = self.context.wording.managers_digest_text(waiting.total, waiting.charges, head)
        await attempt.alert(sentence, to=effect.to)

    @for_staff(Action.DIGEST)
    async def show(self, *, requester: Staff, now: datetime) -> Digest:
        """Return the digest of the last seven days, or of the last one where digests are daily."""
        days = 1 if self.context.settings.digest == "daily" else 7
        return await self._digest(period_until(now, days=days, zone=self.zone))

    @property
    def zone(self) -> tzinfo:
        """The time zone of digests."""
        return self.policies.current.zone or UTC

    def _last_day(self, period: DigestPeriod) -> str:
        return period.until.astimezone(self.zone).date().isoformat()

    async def _digest(self, period: DigestPeriod) -> Digest:
        async with counted(self.context.store) as unit:
            groups = await unit.reports.groups(since=period.since, until=period.until)
            earlier = await unit.reports.groups(since=period.before_since, until=period.since)
            started_at = await unit.checkpoints.get(FIRST_START)
            return Digest(
                period=period,
                now=await _figures(unit, groups, since=period.since, until=period.until),
                before=await _figures(unit, earlier, since=period.before_since, until=period.since),
                reasons=_reasons(groups, earlier),
                decline_codes=_decline_codes(groups),
                funnel=await read_funnel(unit, self.policies.current, since=period.since, until=period.until),
                without_card=await self._without_card(unit, period),
                uncounted=await unit.reports.count_changed(),
                holdout=holdout_that_tells(
                    await unit.reports.groups(since=period.until - YEAR, until=period.until), self.policies.current
                ),
                began_at=started_at if started_at is not None and started_at > period.before_since else None,
            )

    async def _with_themes(self, digest: Digest) -> Digest:
        """Add the themes of what people wrote, counted in a thread of its own: nothing else waits for it."""
        period = digest.period
        async with self.context.store.read() as unit:
            written = await unit.cases.comments(since=period.since, until=period.until, most=MOST_COMMENTS + 1)
        themes = await to_thread(lambda: find_themes(written[:MOST_COMMENTS], self.stop_words()))
        return replace(digest, themes=themes, more_comments=len(written) > MOST_COMMENTS)

    async def _without_card(self, unit: UnitOfWork, period: DigestPeriod) -> WithoutCard:
        """Return the cases of a period that the settings give no card, read a hundred at a time."""
        rules = self.context.settings.card_rules
        if rules.all_get_one:
            return WithoutCard()
        ids = await unit.cases.requested_ids(since=period.since)
        found = list[Case]()
        for first in range(0, len(ids), AT_ONCE):
            found += [
                case
                for case in await unit.cases.many(ids[first : first + AT_ONCE])
                if not case.silent and case.episode.requested_at < period.until and not rules.gives_card(case)
            ]
        shown = [case.id for case in found[:MOST_SHOWN]]
        cards = await read_cards(unit, shown, now=period.until)
        lost = [case.loss.now for case in found if case.loss is not None and case.loss.has_amount]
        return WithoutCard(
            cases=len(found), lost=_by_code(_sums(lost)), first=tuple(cards[each] for each in shown if each in cards)
        )


async def _figures(
    unit: UnitOfWork, groups: Sequence[ReportGroup], *, since: datetime, until: datetime
) -> DigestFigures:
    left, back = await unit.reports.left_and_back((since, until), since=EVER, until=until)
    lost = losses(groups, since=since, until=until, uncounted=0)
    return DigestFigures(
        cases=sum(each.counts.cases for each in groups),
        left=left,
        back=back,
        lost=_by_code(loss.monthly for loss in lost.whole),
        kept=tuple(await unit.reports.brought_back(since=since, until=until)),
        unknown=lost.unknown,
    )


def _sums(amounts: Iterable[Money]) -> list[Money]:
    sums = dict[str, Money]()
    for each in amounts:
        sums[each.currency] = sums[each.currency] + each if each.currency in sums else each
    return list(sums.values())


def _by_code(amounts: Iterable[Money]) -> tuple[Money, ...]:
    return tuple(sorted(amounts, key=lambda each: each.currency))


def _reasons(groups: Sequence[ReportGroup], earlier: Sequence[ReportGroup]) -> tuple[ReasonCount, ...]:
    """Return the reasons, the most frequent first, and last of all that none was given."""
    now, before = _count_reasons(groups), _count_reasons(earlier)
    named = sorted({*now, *before}, key=lambda name: (name is None, -now[name], -before[name], name or ""))
    return tuple(ReasonCount(name=name, cases=now[name], before=before[name]) for name in named)


def _count_reasons(groups: Sequence[ReportGroup]) -> Counter[str | None]:
    found = Counter[str | None]()
    for each in groups:
        if each.counts.cases:
            found[each.reason] += each.counts.cases
    return found


def _decline_codes(groups: Sequence[ReportGroup]) -> tuple[tuple[str, int], ...]:
    found = Counter[str]()
    for each in groups:
        if each.decline_code is not None and each.counts.cases:
            found[each.decline_code] += each.counts.cases
    return tuple(sorted(found.items(), key=lambda each: (-each[1], each[0])))
