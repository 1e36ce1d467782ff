"""What the statistics count: the funnel, the losses, and the two groups of the lift."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.ids import PersonId
from domain.money import Money
from domain.winback.lift import Arm
from domain.winback.outcome import RETURN_WINDOW
from flows.ports.store import MeasuredCase, ReportGroup, SharedGroup
from flows.winback.results import metrics
from flows.winback.results.answers import FunnelCounts, Loss, LossReport, Summary
from flows.winback.results.count_cases import lines_of
from flows.winback.results.metrics import days
from tests.flows.winback.results.measured_cases import DAY, LONG_AGO, NOW, back, drawn, measured
from tests.flows.winback.results.reference import arms

NOTHING = FunnelCounts(
    cases=0,
    offered=0,
    sent=0,
    accepted=0,
    after_email=0,
    by_themselves=0,
    verified_30=0,
    verified_90=0,
    kept_30=(),
    kept_90=(),
)


def summary(cases: Sequence[MeasuredCase]) -> Summary:
    groups, shared = counted(cases)
    return metrics.summary(groups, shared, since=LONG_AGO, until=NOW)


def count_funnel(cases: Sequence[MeasuredCase]) -> FunnelCounts:
    return summary(cases).whole


def losses(cases: Sequence[MeasuredCase]) -> LossReport:
    groups, _ = counted(cases)
    return metrics.losses(groups, since=LONG_AGO, until=NOW, uncounted=0)


def counted(cases: Sequence[MeasuredCase]) -> tuple[list[ReportGroup], list[SharedGroup]]:
    """Return what the database would add up, each line by itself; returns are shared within a reason and a rule."""
    lines = lines_of(cases)
    last = {(each.returned_with, each.returned_at): each for each in lines if each.shared is not None}
    groups = [
        ReportGroup(
            reason=each.reason,
            decline_code=each.decline_code,
            rule=each.rule,
            currency=each.currency,
            counts=each.counts,
        )
        for each in lines
    ]
    shared = [
        SharedGroup(
            reason=each.reason,
            rule=each.rule,
            currency=each.currency,
            whole=each.shared.kept,
            of_reason=each.shared.kept,
            of_rule=each.shared.kept,
        )
        for each in last.values()
        if each.shared is not None
    ]
    return groups, shared


def test_no_cases_give_zeros() -> None:
    assert count_funnel([]) == NOTHING
    assert summary([]).by_reason == ()


def test_a_group_is_counted_through_the_funnel() -> None:
    counted = count_funnel(
        [
            measured(),
            measured(offered=True, sent=True, outcome=back()),
            measured(offered=True, sent=True, outcome=back(how="after_email", stayed_90=False)),
            measured(outcome=back(how="by_themselves", kept_30=Money(1900, "usd"), kept_90=None, stayed_90=None)),
            measured(outcome=back(how="by_themselves", kept_30=None, kept_90=None, stayed_30=None, stayed_90=None)),
        ]
    )
    assert counted == FunnelCounts(
        cases=5,
        offered=2,
        sent=2,
        accepted=1,
        after_email=1,
        by_themselves=2,
        verified_30=3,
        verified_90=1,
        kept_30=(Money(2 * 3920, "eur"), Money(1900, "usd")),
        kept_90=(Money(11760, "eur"),),
    )
    assert counted.back == 4


def test_one_return_is_counted_once() -> None:
    one = back()
    counted = count_funnel([measured(outcome=one), measured(outcome=one)])
    assert (counted.accepted, counted.kept_30) == (2, (Money(3920, "eur"),))


def test_small_groups_are_left_out() -> None:
    cases = [
        *[measured(reason="unused") for _ in range(3)],
        *[measured(reason=None, rule="price") for _ in range(4)],
        *[measured(reason=None, kind="payment_failed") for _ in range(3)],
        *[measured(reason="too_complex") for _ in range(2)],
    ]
    told = summary(cases)
    assert [(group.name, group.counts.cases) for group in told.by_reason] == [
        (None, 4),
        ("payment_failed", 3),
        ("unused", 3),
    ]
    assert [(group.name, group.counts.cases) for group in told.by_rule] == [(None, 8), ("price", 4)]
    assert told.whole.cases == 12


def test_a_day_begins_in_the_timezone() -> None:
    clocks_go_back = datetime(2026, 10, 25, 22, 30, tzinfo=UTC)
    in_utc, in_berlin = (
        days(since=clocks_go_back - 2 * DAY, until=clocks_go_back, zone=zone)
        for zone in (UTC, ZoneInfo("Europe/Berlin"))
    )
    assert [on for on, _ in in_utc] == [date(2026, 10, day) for day in (23, 24, 25)]
    assert [on for on, _ in in_berlin] == [date(2026, 10, day) for day in (24, 25)]
    assert in_utc[0][1] == (datetime(2026, 10, 23, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC))
    assert [ends - begins for _, (begins, ends) in in_berlin] == [DAY, timedelta(hours=25)]
    assert in_berlin[0][1][0] == datetime(2026, 10, 23, 22, tzinfo=UTC)


def test_losses_go_by_reason_and_decline_code() -> None:
    cases = [
        measured(rule="price"),
        measured(),
        measured(outcome=back()),
        measured(reason=None, kind="payment_failed", decline_code="expired_card", monthly=Money(900, "eur")),
        measured(reason=None, kind="payment_failed", decline_code=None, monthly=Money(100, "eur")),
        measured(reason="unused", monthly=Money(99_000, "usd")),
    ]
    told = losses(cases)
    assert told.whole == (
        Loss(cases=4, monthly=Money(10_800, "eur"), addressed=Money(4900, "eur")),
        Loss(cases=1, monthly=Money(99_000, "usd"), addressed=Money(0, "usd")),
    )
    assert [(hole.why, hole.decline_code) for hole in told.groups] == [
        ("too_expensive", None),
        ("payment_failed", "expired_card"),
        ("payment_failed", None),
        ("unused", None),
    ]
    assert told.groups[0].losses == (Loss(cases=2, monthly=Money(9800, "eur"), addressed=Money(4900, "eur")),)


def test_switches_lose_or_gain_the_difference() -> None:
    def switched(to: int, currency: str = "eur", **details: Any) -> MeasuredCase:
        return measured(switched_to=Money(to, currency), **details)

    cases = [
        switched(9900),  # 50 more
        switched(1900),  # 30 less
        switched(4900),
        switched(0, monthly=Money(1900, "eur")),  # what replaced it counts for another
        measured(still_subscribed=True),
        switched(5900, "usd", monthly=Money(700, "eur")),
        switched(9900, outcome=back()),
    ]
    told = losses(cases)
    assert told.whole == (Loss(cases=4, monthly=Money(10_500, "eur"), addressed=Money(0, "eur")),)
    assert told.gained == (Money(5000, "eur"), Money(5900, "usd"))
    counts = count_funnel(cases)
    assert (counts.cases, counts.switched, counts.still_subscribed) == (7, 6, 1)


def test_what_is_not_known_is_counted_and_not_added() -> None:
    cases = [
        measured(),
        measured(value_known=False, monthly=Money(0, "eur")),
        measured(value_known=False, monthly=Money(0, "eur"), switched_to=Money(9900, "eur")),
        measured(reason="unused", value_known=False, monthly=Money(0, "usd")),
        measured(value_known=False, outcome=back()),
    ]
    told = losses(cases)
    assert (told.unknown, told.gained) == (3, ())
    assert told.whole == (Loss(cases=1, monthly=Money(4900, "eur"), addressed=Money(0, "eur")),)
    assert [(each.why, len(each.losses), each.unknown) for each in told.groups] == [
        ("too_expensive", 1, 2),
        ("unused", 0, 1),
    ]


def test_the_lift_compares_decided_people() -> None:
    cases = [
        drawn(holdout=False, outcome=back()),
        drawn(holdout=False, outcome=back(stayed_30=False)),
        drawn(holdout=False, outcome=back(stayed_30=None)),
        drawn(holdout=False),
        drawn(holdout=True, outcome=back(how="by_themselves")),
        drawn(holdout=True, staff_contact=True),
        drawn(holdout=True, picked=True, outcome=back()),
        drawn(holdout=False, picked=True, outcome=back()),
        drawn(holdout=True, drawn_both_ways=True, outcome=back()),
        drawn(holdout=False, drawn_both_ways=True, outcome=back()),
        drawn(holdout=False, at=NOW, outcome=back()),
        measured(outcome=back()),
    ]
    assert arms(cases, by=NOW - DAY) == (Arm(people=4, won=1), Arm(people=2, won=1), 1)


def test_only_paying_in_time_is_a_win() -> None:
    for late, won in ((timedelta(), 1), (timedelta(seconds=1), 0)):
        paid_at = LONG_AGO + RETURN_WINDOW + late
        offered, _, _ = arms([drawn(holdout=False, outcome=back(first_paid_at=paid_at))], by=NOW)
        assert offered == Arm(people=1, won=won)


def test_a_person_counts_by_the_first_decision() -> None:
    person = drawn(holdout=True).person_id
    twice = [
        drawn(holdout=True, person_id=person, at=LONG_AGO + DAY, outcome=back()),
        drawn(holdout=True, person_id=person, at=LONG_AGO),
    ]
    assert arms(twice, by=NOW) == (Arm(people=0, won=0), Arm(people=1, won=0), 0)
    assert arms(twice[::-1], by=NOW) == (Arm(people=0, won=0), Arm(people=1, won=0), 0)
    picked = PersonId(person)
    for after in (-DAY, 2 * DAY):  # an earlier case, or a later one
        by_hand = [*twice, drawn(holdout=True, person_id=picked, at=LONG_AGO + after, picked=True)]
        assert arms(by_hand, by=NOW)[1] == Arm(people=0, won=0)
    assert arms([*twice, measured(person_id=picked, picked=True)], by=NOW)[1] == Arm(people=0, won=0)
