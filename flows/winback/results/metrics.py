"""Add up what was counted of cases: the summary of a period, what is lost, and each day."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from domain.money import Money
from flows.ports.store import CaseCounts, KeptOnce, ReportGroup, SharedGroup
from flows.winback.results.answers import CaseGroup, FunnelCounts, Loss, LossGroup, LossReport, Summary

LEAST_SHOWN = 3
"""Smaller groups are left out."""


def summary(
    groups: Sequence[ReportGroup], shared: Sequence[SharedGroup], *, since: datetime, until: datetime
) -> Summary:
    """Return the summary of a period. What a return brought counts once, even if it ended several cases of a person."""
    whole = _by_name(groups, shared, name=lambda _: None, kept=lambda each: each.whole)
    return Summary(
        since=since,
        until=until,
        whole=whole[0].counts if whole else _funnel((), ()),
        by_reason=_shown(_by_name(groups, shared, name=lambda each: each.reason, kept=lambda each: each.of_reason)),
        by_rule=_shown(_by_name(groups, shared, name=lambda each: each.rule, kept=lambda each: each.of_rule)),
    )


def losses(groups: Iterable[ReportGroup], *, since: datetime, until: datetime, uncounted: int) -> LossReport:
    """Return what those who aren't back cost per month."""
    groups = [each for each in groups if each.counts.lost_cases or each.counts.unknown or each.counts.gained_cases]
    whole = _losses(groups)
    largest = {loss.monthly.currency: place for place, loss in enumerate(whole)}
    alike = defaultdict[tuple[str | None, str | None], list[ReportGroup]](list)
    for group in groups:
        if group.counts.lost_cases or group.counts.unknown:
            alike[group.reason, group.decline_code].append(group)
    told = [
        LossGroup(
            why=why, decline_code=code, losses=_losses(members), unknown=sum(each.counts.unknown for each in members)
        )
        for (why, code), members in alike.items()
    ]

    def size(group: LossGroup) -> tuple[int, int, str, str]:
        name = (group.why or "", group.decline_code or "")
        if not group.losses:
            return len(largest), -group.unknown, *name
        main = min(group.losses, key=lambda loss: largest[loss.monthly.currency])
        return largest[main.monthly.currency], -main.monthly.minor, *name

    gained = [(each.currency, each.counts.gained_cases, each.counts.gained) for each in groups]
    return LossReport(
        since=since,
        until=until,
        whole=whole,
        groups=tuple(sorted(told, key=size)),
        gained=_amounts(gained),
        unknown=sum(each.counts.unknown for each in groups),
        uncounted=uncounted,
    )


def days(*, since: datetime, until: datetime, zone: tzinfo) -> list[tuple[date, tuple[datetime, datetime]]]:
    """Return each day of a period in a timezone, with the moments at which it begins and ends."""
    first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    every = [first + timedelta(days=number) for number in range((last - first).days + 2)]
    begins = [datetime.combine(each, time(), zone).astimezone(UTC) for each in every]
    return list(zip(every, pairwise(begins), strict=False))


def _by_name(
    groups: Sequence[ReportGroup],
    shared: Iterable[SharedGroup],
    *,
    name: Callable[[ReportGroup | SharedGroup], str | None],
    kept: Callable[[SharedGroup], KeptOnce],
) -> list[CaseGroup]:
    members = defaultdict[str | None, list[ReportGroup]](list)
    returns = defaultdict[str | None, list[tuple[str, KeptOnce]]](list)
    for group in groups:
        members[name(group)].append(group)
    for each in shared:
        returns[name(each)].append((each.currency, kept(each)))
    return [CaseGroup(name=each, counts=_funnel(theirs, returns[each])) for each, theirs in members.items()]


def _shown(groups: Iterable[CaseGroup]) -> tuple[CaseGroup, ...]:
    shown = [group for group in groups if group.counts.cases >= LEAST_SHOWN]
    return tuple(sorted(shown, key=lambda group: (-group.counts.cases, group.name or "")))


def _funnel(groups: Sequence[ReportGroup], shared: Iterable[tuple[str, KeptOnce]]) -> FunnelCounts:
    counts = [each.counts for each in groups]
    kept: list[tuple[str, CaseCounts | KeptOnce]] = [(each.currency, each.counts) for each in groups]
    kept += shared

    def total(figure: str) -> int:
        return sum(getattr(each, figure) for each in counts)

    return FunnelCounts(
        cases=total("cases"),
        offered=total("offered"),
        sent=total("sent"),
        accepted=total("accepted"),
        after_email=total("after_email"),
        by_themselves=total("by_themselves"),
        verified_30=total("verified_30"),
        verified_90=total("verified_90"),
        kept_30=_amounts((currency, each.paid_30, each.kept_30) for currency, each in kept),
        kept_90=_amounts((currency, each.paid_90, each.kept_90) for currency, each in kept),
        switched=total("switched"),
        still_subscribed=total("still_subscribed"),
        asked_why=total("asked_why"),
        reason_known=total("reason_known"),
        reason_noted=total("reason_noted"),
    )


def _losses(groups: Iterable[ReportGroup]) -> tuple[Loss, ...]:
    """Return losses by currency, the one with most cases first."""
    by_currency = defaultdict[str, list[CaseCounts]](list)
    for each in groups:
        if each.counts.lost_cases:
            by_currency[each.currency].append(each.counts)
    losses = [
        Loss(
            cases=sum(each.lost_cases for each in counts),
            monthly=Money(sum(each.lost for each in counts), currency),
            addressed=Money(sum(each.addressed for each in counts), currency),
        )
        for currency, counts in by_currency.items()
    ]
    return tuple(sorted(losses, key=lambda loss: (-loss.cases, loss.monthly.currency)))


def _amounts(counted: Iterable[tuple[str, int, int]]) -> tuple[Money, ...]:
    """Return the sum per currency, sorted by code, of currencies, how many there are, and what they come to."""
    sums = defaultdict[str, int](int)
    for currency, number, minor in counted:
        if number:
            sums[currency] += minor
    return tuple(Money(sums[currency], currency) for currency in sorted(sums))
