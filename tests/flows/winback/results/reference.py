"""Figures counted case by case in Python, as all were before SQL counted them: the reference for what it counts."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from typing import TypeVar

from domain.money import Money, sum_by_currency
from domain.winback.lift import Arm
from domain.winback.outcome import RETURN_WINDOW
from flows.ports.store import MeasuredCase
from flows.winback.results.answers import CaseGroup, DayCounts, FunnelCounts, Loss, LossGroup, LossReport, Summary

GroupKey = TypeVar("GroupKey")

LEAST_SHOWN = 3
"""Smaller groups are left out."""


def summary(cases: Sequence[MeasuredCase], *, since: datetime, until: datetime) -> Summary:
    """Return the summary of a period's cases."""
    return Summary(
        since=since,
        until=until,
        whole=count_funnel(cases),
        by_reason=_groups(cases, reason_of),
        by_rule=_groups(cases, lambda case: case.rule),
    )


def count_funnel(cases: Iterable[MeasuredCase]) -> FunnelCounts:
    """Count one group. What one return brought is counted once, even if it ended several cases of a person."""
    cases = tuple(cases)
    outcomes = [case.outcome for case in cases if case.outcome is not None]
    how = [outcome.how for outcome in outcomes]
    once = {(each.returned_with, each.returned_at): each for each in outcomes}.values()
    return FunnelCounts(
        cases=len(cases),
        offered=sum(case.offered for case in cases),
        sent=sum(case.sent for case in cases),
        accepted=how.count("accepted"),
        after_email=how.count("after_email"),
        by_themselves=how.count("by_themselves"),
        verified_30=sum(outcome.stayed_30 is True for outcome in outcomes),
        verified_90=sum(outcome.stayed_90 is True for outcome in outcomes),
        kept_30=sum_by_currency(each.kept_30 for each in once if each.stayed_30 and each.kept_30),
        kept_90=sum_by_currency(each.kept_90 for each in once if each.stayed_90 and each.kept_90),
        switched=sum(case.switched_to is not None for case in cases),
        still_subscribed=sum(case.still_subscribed for case in cases),
        asked_why=sum(case.asked_why for case in cases),
        reason_known=sum(case.asked_why and case.told_by is not None for case in cases),
        reason_noted=sum(case.asked_why and case.told_by == "staff" for case in cases),
    )


def reason_of(case: MeasuredCase) -> str | None:
    """Return the customer's reason, or the kind of cancellation if nobody was asked for one."""
    if case.reason is None and case.kind not in {None, "cancellation_requested"}:
        return case.kind
    return case.reason


def days(cases: Iterable[MeasuredCase], *, since: datetime, until: datetime, zone: tzinfo) -> tuple[DayCounts, ...]:
    """Return each day of a period with how many cancelled on it, and how many of these cases came back on it."""
    left, back = defaultdict[date, int](int), defaultdict[date, int](int)
    for case in cases:
        left[case.requested_at.astimezone(zone).date()] += case.switched_to is None
        if case.outcome is not None:
            back[case.outcome.returned_at.astimezone(zone).date()] += 1
    first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    every = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(DayCounts(on=each, left=left[each], back=back[each]) for each in every)


def arms(cases: Iterable[MeasuredCase], *, by: datetime) -> tuple[Arm, Arm, int]:
    """Return the offered, the held out, and how many of the held out staff talked to.

    A person counts once, by their first decision that tells the two apart. People of whom staff picked any case by
    hand, who were drawn both ways, or who were decided after `by`, don't count. Won: they paid within 90 days of the
    decision and were still customers 30 days later.
    """
    cases = tuple(cases)
    neither = {case.person_id for case in cases if case.picked or case.drawn_both_ways}
    first: dict[object, MeasuredCase] = {}
    for case in cases:
        known = first.get(case.person_id)
        if case.draw is not None and (known is None or known.draw is None or case.draw.at < known.draw.at):
            first[case.person_id] = case
    sides: dict[bool, list[MeasuredCase]] = {True: [], False: []}
    for case in first.values():
        if case.draw is not None and case.person_id not in neither and case.draw.at <= by:
            sides[case.draw.holdout].append(case)
    offered, held_out = (
        Arm(people=len(side), won=sum(_won(case) for case in side)) for side in (sides[False], sides[True])
    )
    return offered, held_out, sum(case.staff_contact for case in sides[True])


def losses(cases: Iterable[MeasuredCase], *, since: datetime, until: datetime) -> LossReport:
    """Return what those who aren't back cost per month."""
    gone = [case for case in cases if case.outcome is None]
    unknown = [case for case in gone if not case.value_known]
    known = [case for case in gone if case.value_known]
    changes = [_change(case) for case in known]
    lost = [replace(case, monthly=change) for case, change in zip(known, changes, strict=True) if change is not None]
    gains = (_gain(case) for case in known)
    whole = _losses(lost)
    largest = {loss.monthly.currency: place for place, loss in enumerate(whole)}
    groups = [
        LossGroup(
            why=why,
            decline_code=code,
            losses=_losses(case for case in members if case.value_known),
            unknown=sum(not case.value_known for case in members),
        )
        for (why, code), members in _by([*lost, *unknown], lambda case: (reason_of(case), case.decline_code)).items()
    ]

    def size(group: LossGroup) -> tuple[int, int]:
        if not group.losses:
            return len(largest), -group.unknown
        main = min(group.losses, key=lambda loss: largest[loss.monthly.currency])
        return largest[main.monthly.currency], -main.monthly.minor

    return LossReport(
        since=since,
        until=until,
        whole=whole,
        groups=tuple(sorted(groups, key=size)),
        gained=sum_by_currency(each for each in gains if each is not None),
        unknown=len(unknown),
    )


def _change(case: MeasuredCase) -> Money | None:
    """Return what a case lost a month, or None: they switched to something that brings as much or more."""
    now = case.switched_to
    if now is None or now.currency != case.monthly.currency:
        return case.monthly
    return Money(case.monthly.minor - now.minor, now.currency) if now.minor < case.monthly.minor else None


def _gain(case: MeasuredCase) -> Money | None:
    """Return what a switch brings a month beyond what was paid before, or None."""
    now = case.switched_to
    if now is None or now.currency != case.monthly.currency:
        return now
    return Money(now.minor - case.monthly.minor, now.currency) if now.minor > case.monthly.minor else None


def _won(case: MeasuredCase) -> bool:
    outcome, draw = case.outcome, case.draw
    if outcome is None or draw is None or outcome.first_paid_at is None or not outcome.stayed_30:
        return False
    return draw.at <= outcome.first_paid_at <= draw.at + RETURN_WINDOW


def _groups(cases: Iterable[MeasuredCase], name: Callable[[MeasuredCase], str | None]) -> tuple[CaseGroup, ...]:
    groups = [CaseGroup(name=each, counts=count_funnel(members)) for each, members in _by(cases, name).items()]
    shown = [group for group in groups if group.counts.cases >= LEAST_SHOWN]
    return tuple(sorted(shown, key=lambda group: (-group.counts.cases, group.name or "")))


def _losses(cases: Iterable[MeasuredCase]) -> tuple[Loss, ...]:
    """Return losses by currency, the one with most cases first."""
    losses = []
    for currency, members in _by(cases, lambda case: case.monthly.currency).items():
        addressed = sum(case.monthly.minor for case in members if case.rule is not None)
        losses.append(
            Loss(
                cases=len(members),
                monthly=Money(sum(case.monthly.minor for case in members), currency),
                addressed=Money(addressed, currency),
            )
        )
    return tuple(sorted(losses, key=lambda loss: (-loss.cases, loss.monthly.currency)))


def _by(cases: Iterable[MeasuredCase], key: Callable[[MeasuredCase], GroupKey]) -> dict[GroupKey, list[MeasuredCase]]:
    groups = defaultdict[GroupKey, list[MeasuredCase]](list)
    for case in cases:
        groups[key(case)].append(case)
    return groups
