"""Count each case for the reports once, when something of its person changes, so that a report only adds up."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from domain.ids import CaseId, PersonId, SubscriptionId
from domain.money import Money
from domain.winback.outcome import RETURN_WINDOW
from flows.ports.store import CaseCounts, CountedDraw, HoldoutDraw, MeasuredCase, OutcomeRow, ReportLine, SharedReturn


def lines_of(cases: Sequence[MeasuredCase]) -> list[ReportLine]:
    """Return what cases add to the reports: all cases of some people, and of those who share a return with them."""
    draws, shared = _draws(cases), _shared(cases)
    lines: list[ReportLine] = []
    for case in cases:
        main = ReportLine(
            case_id=case.case_id,
            currency=case.monthly.currency,
            requested_at=case.requested_at,
            reason=_reason(case),
            decline_code=case.decline_code,
            rule=case.rule,
            counts=_without_currency(case),
            draw=draws.get(case.case_id),
            returned_at=None if case.outcome is None else case.outcome.returned_at,
            returned_with=None if case.outcome is None else case.outcome.returned_with,
            shared=shared.get(case.case_id),
            stop=case.stop,
            monthly=case.monthly.minor if case.value_known else 0,
        )
        lines += _by_currency(main, case)
    return lines


def _shared(cases: Iterable[MeasuredCase]) -> dict[CaseId, SharedReturn]:
    """Return, for each case whose return answers others as well, which of these are next."""
    answered = defaultdict[tuple[SubscriptionId, datetime], list[MeasuredCase]](list)
    for case in cases:
        if case.outcome is not None:
            answered[case.outcome.returned_with, case.outcome.returned_at].append(case)
    shared: dict[CaseId, SharedReturn] = {}
    for several in answered.values():
        if len(several) > 1:
            several.sort(key=lambda each: (each.requested_at, each.case_id))
            for place, case in enumerate(several):
                later = several[place + 1 :]
                shared[case.case_id] = SharedReturn(
                    next_at=_next(later),
                    next_of_reason_at=_next(each for each in later if _reason(each) == _reason(case)),
                    next_of_rule_at=_next(each for each in later if each.rule == case.rule),
                )
    return shared


def _next(later: Iterable[MeasuredCase]) -> datetime | None:
    return next((each.requested_at for each in later), None)


def _reason(case: MeasuredCase) -> str | None:
    """Return the customer's reason, or the kind of cancellation if nobody was asked for one."""
    if case.reason is None and case.kind not in {None, "cancellation_requested"}:
        return case.kind
    return case.reason


def _without_currency(case: MeasuredCase) -> CaseCounts:
    outcome = case.outcome
    how = None if outcome is None else outcome.how
    return CaseCounts(
        cases=1,
        offered=case.offered,
        sent=case.sent,
        accepted=how == "accepted",
        after_email=how == "after_email",
        by_themselves=how == "by_themselves",
        verified_30=outcome is not None and outcome.stayed_30 is True,
        verified_90=outcome is not None and outcome.stayed_90 is True,
        switched=case.switched_to is not None,
        still_subscribed=case.still_subscribed,
        unknown=outcome is None and not case.value_known,
        asked_why=case.asked_why,
        reason_known=case.asked_why and case.told_by is not None,
        reason_noted=case.asked_why and case.told_by == "staff",
    )


def _by_currency(main: ReportLine, case: MeasuredCase) -> Iterator[ReportLine]:
    """Add the amounts to a case's line, and a line for each further currency."""
    lines = {main.currency: main}

    def line(currency: str) -> ReportLine:
        return lines.setdefault(currency, replace(main, currency=currency, counts=CaseCounts(), draw=None, monthly=0))

    outcome = case.outcome
    if outcome is not None:
        for days, stayed, kept in (
            ("30", outcome.stayed_30, outcome.kept_30),
            ("90", outcome.stayed_90, outcome.kept_90),
        ):
            if stayed and kept is not None:
                paid = {f"paid_{days}": 1, f"kept_{days}": kept.minor}
                one = line(kept.currency)
                lines[kept.currency] = (
                    replace(one, counts=replace(one.counts, **paid))
                    if one.shared is None
                    else replace(one, shared=replace(one.shared, kept=replace(one.shared.kept, **paid)))
                )
    elif case.value_known:
        lost, gained = _lost(case), _gained(case)
        if lost is not None:
            addressed = lost.minor if case.rule is not None else 0
            one = line(lost.currency)
            counts = replace(one.counts, lost_cases=1, lost=lost.minor, addressed=addressed)
            lines[lost.currency] = replace(one, counts=counts)
        if gained is not None:
            one = line(gained.currency)
            lines[gained.currency] = replace(one, counts=replace(one.counts, gained_cases=1, gained=gained.minor))
    yield from lines.values()


def _lost(case: MeasuredCase) -> Money | None:
    """Return what a case lost a month, or None: they switched to something that brings as much or more."""
    now = case.switched_to
    if now is None or now.currency != case.monthly.currency:
        return case.monthly
    return case.monthly - now if now.minor < case.monthly.minor else None


def _gained(case: MeasuredCase) -> Money | None:
    """Return what a switch brings a month beyond what was paid before, or None."""
    now = case.switched_to
    if now is None or now.currency != case.monthly.currency:
        return now
    return now - case.monthly if now.minor > case.monthly.minor else None


def _draws(cases: Iterable[MeasuredCase]) -> dict[CaseId, CountedDraw]:
    """Return how cases count for the lift; those of people who belong to neither side are left out.

    Won: they paid within 90 days of the decision and were still customers 30 days later.
    """
    drawn = defaultdict[PersonId, list[tuple[HoldoutDraw, MeasuredCase]]](list)
    for case in cases:
        if case.draw is not None and not case.picked and not case.drawn_both_ways:
            drawn[case.person_id].append((case.draw, case))
    counted: dict[CaseId, CountedDraw] = {}
    for theirs in drawn.values():
        earlier: list[datetime] = []
        for draw, case in sorted(theirs, key=lambda each: (each[0].at, each[1].requested_at, each[1].case_id)):
            counted[case.case_id] = CountedDraw(
                draw_at=draw.at,
                held_out=draw.holdout,
                won=_won(case.outcome, draw),
                talked_to=case.staff_contact,
                drawn_before_at=max((at for at in earlier if at <= case.requested_at), default=None),
                drawn_after_at=min((at for at in earlier if at > case.requested_at), default=None),
            )
            earlier.append(case.requested_at)
    return counted


def _won(outcome: OutcomeRow | None, draw: HoldoutDraw) -> bool:
    if outcome is None or outcome.first_paid_at is None or not outcome.stayed_30:
        return False
    return draw.at <= outcome.first_paid_at <= draw.at + RETURN_WINDOW
