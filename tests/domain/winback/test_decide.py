"""Which offer a case gets and when, and why it gets none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.money import Money
from domain.winback.decide import check_offer
from domain.winback.offer import CallBack, DiscountOffer, FreeMonths, NoOffer, Offer, Restart, SwitchPlan
from domain.winback.policy import Match, StepTiming
from tests.domain.billing.subscriptions import price
from tests.domain.winback.decisions import (
    A_FORTNIGHT_AFTER,
    HOUR,
    NOW,
    SECOND,
    THREE_DAYS_BEFORE,
    TWO_HOURS,
    decided,
    earlier,
    offered,
    whys,
)
from tests.domain.winback.leaving_customers import (
    DAY,
    ENDED,
    ENDS,
    PENDING,
    REQUESTED,
    TWENTY,
    case,
    history,
    limits,
    policy,
    rule,
    snapshot,
    step,
)

FAILED: dict[str, Any] = {"kind": "payment_failed", "feedback": None}


def test_the_first_matching_rule_offers_its_step() -> None:
    by = policy(
        rule(step(Restart()), name="others", match=Match(reasons=frozenset({"unused"}))),
        rule(step(), name="dear", match=Match(reasons=frozenset({"too_expensive"}))),
        rule(step(Restart()), name="all"),
    )
    decision = decided(by=by)
    assert (decision.rule, decision.step, offered(decision)) == ("dear", 0, TWENTY)
    assert (decision.held_out, decision.rejected, decision.last_useful_at) == (False, (), ENDS)
    assert [(each.what, each.detail) for each in decision.reasons] == [
        ("rule", "dear"),
        ("reason", "too_expensive"),
        ("moment", REQUESTED.isoformat()),
    ]


def test_no_rule_and_no_step() -> None:
    assert whys(decided(by=policy(rule(match=Match(kinds=frozenset({"payment_failed"})))))) == ["no_rule"]
    assert whys(decided(by=policy(rule()))) == ["no_offer"]
    assert whys(decided(by=policy(rule(step(NoOffer()))))) == ["no_offer"]
    assert whys(decided(past=history(decided=frozenset({("rule", 0)})))) == ["no_step_left"]


def test_an_open_survey_is_waited_for() -> None:
    one = snapshot(about=case(feedback=None))
    decision = decided(one, at=REQUESTED + SECOND)
    assert (whys(decision), decision.look_again_at) == (["reason_open"], REQUESTED + timedelta(minutes=10))
    assert offered(decided(one, at=REQUESTED + timedelta(minutes=10))) == TWENTY
    no_rule_yet = policy(rule(step(), match=Match(reasons=frozenset({"unused"}))))
    assert decided(one, by=no_rule_yet, at=REQUESTED).look_again_at == REQUESTED + timedelta(minutes=10)


def test_failed_payments_wait_for_no_survey() -> None:
    assert offered(decided(snapshot(about=case(**FAILED)), at=REQUESTED)) == TWENTY


STEPS = policy(rule(step(SwitchPlan(price_id=None), THREE_DAYS_BEFORE), step(TWENTY, A_FORTNIGHT_AFTER)))
BASIC = price("1900", name="price_basic")


def test_a_step_waits_until_it_is_due() -> None:
    decision = decided(snapshot(catalog=(BASIC,)), by=STEPS)
    due = ENDS - 3 * DAY
    assert [(each.why, each.step, each.detail) for each in decision.rejected] == [
        ("too_early", 0, due.isoformat()),
        ("too_early", 1, (ENDS + 14 * DAY).isoformat()),
    ]
    assert decision.look_again_at == due
    then = decided(snapshot(catalog=(BASIC,)), by=STEPS, at=due)
    assert (then.step, then.last_useful_at, then.look_again_at) == (0, ENDS, ENDS + 14 * DAY)


def test_an_impossible_step_is_rejected_by_name() -> None:
    decision = decided(snapshot(), by=STEPS, at=ENDS - DAY)
    assert [(each.why, each.step) for each in decision.rejected] == [("no_cheaper_plan", 0), ("too_early", 1)]
    assert decision.look_again_at == ENDS + 14 * DAY


def test_the_second_step_waits_until_it_is_due() -> None:
    gone = replace(PENDING, status="canceled", ended_at=ENDS)
    past = history(decided=frozenset({("rule", 0)}))
    decision = decided(snapshot(gone), past, STEPS, ENDS + 14 * DAY)
    assert (decision.step, decision.last_useful_at, decision.look_again_at) == (1, ENDS + 120 * DAY, None)
    assert whys(decided(snapshot(gone), by=STEPS, at=ENDS + 14 * DAY)) == ["too_late"]


def test_a_later_step_replaces_an_earlier_one() -> None:
    by = policy(rule(step(Restart(), StepTiming(anchor="after_end", span=DAY)), step(TWENTY, A_FORTNIGHT_AFTER)))
    assert decided(snapshot(ENDED), by=by, at=REQUESTED + DAY).last_useful_at == REQUESTED + 14 * DAY
    then = decided(snapshot(ENDED), by=by, at=REQUESTED + 14 * DAY)
    assert (then.step, whys(then)) == (1, ["too_late"])


def test_hours_count_from_an_immediate_end() -> None:
    by = policy(rule(step(Restart(), TWO_HOURS)))
    one = snapshot(ENDED, about=case(state="ended", ended_at=REQUESTED, **FAILED))
    decision = decided(one, by=by, at=REQUESTED + 2 * HOUR)
    assert (offered(decision), decision.last_useful_at) == (Restart(), REQUESTED + 120 * DAY)
    assert decided(snapshot(), by=by, at=REQUESTED + 2 * HOUR).last_useful_at == ENDS


def test_two_steps_due_at_once_come_one_at_a_time() -> None:
    by = policy(rule(step(CallBack(who=None)), step(FreeMonths(months=1))))
    assert decided(by=by).step == 0
    assert decided(past=history(decided=frozenset({("rule", 0)})), by=by).step == 1


def test_temporary_blockers_are_looked_at_again() -> None:
    later = 100 * DAY
    by = policy(rule(step(when=StepTiming(anchor="after_end", span=DAY))))
    at = REQUESTED + 2 * DAY
    past = history(earlier=(earlier(at - later + 20 * DAY),))
    decision = decided(snapshot(ENDED), past, by, at)
    over = at - later + 110 * DAY
    assert (whys(decision), decision.look_again_at) == (["cooldown"], over + SECOND)
    assert decided(snapshot(ENDED), past, by, over + SECOND).terms is not None

    talked = snapshot(ENDED, about=case(state="ended", ended_at=REQUESTED, owner="U1", owned_at=at))
    assert decided(talked, by=by, at=at).look_again_at == at + 14 * DAY
    assert decided(talked, by=by, at=at + 14 * DAY).terms is not None


def test_blockers_beyond_the_step_are_not_awaited() -> None:
    assert decided(past=history(earlier=(earlier(NOW - DAY),))).look_again_at is None


def test_a_spent_budget_waits_for_next_month() -> None:
    by = policy(
        rule(step(when=StepTiming(anchor="after_end", span=DAY))),
        within=limits(budget_a_month={"eur": Money(10000, "eur")}),
    )
    at = datetime(2026, 6, 20, tzinfo=UTC)
    left_enough = history(spent={"eur": Money(7060, "eur"), "usd": Money(99999, "usd")})
    assert decided(snapshot(ENDED), left_enough, by, at).terms is not None
    decision = decided(snapshot(ENDED), history(spent={"eur": Money(7061, "eur")}), by, at)
    assert [(each.why, each.detail) for each in decision.rejected] == [("budget", "2939 eur")]
    assert decision.look_again_at == datetime(2026, 6, 30, 22, tzinfo=UTC)  # midnight in Berlin


def test_free_offers_need_no_budget() -> None:
    by = policy(rule(step(Restart())), within=limits(budget_a_month={"eur": Money(0, "eur")}))
    assert decided(by=by).terms is not None


def test_the_holdout_is_decided_but_held_out() -> None:
    decision = decided(past=history(holdout=True))
    assert (decision.held_out, offered(decision)) == (True, TWENTY)


@pytest.mark.parametrize(
    ("offer", "kind", "held_out"),
    [
        (CallBack(who=None), "cancellation_requested", False),
        (Restart(), "payment_failed", False),
        (Restart(), "cancellation_requested", True),
        (TWENTY, "payment_failed", True),
    ],
)
def test_offers_that_the_holdout_gets_too(offer: Offer, kind: str, held_out: bool) -> None:
    one = snapshot(about=case(kind=kind))
    assert decided(one, history(holdout=True), policy(rule(step(offer)))).held_out is held_out
    assert isinstance(check_offer(offer, one, history(holdout=True), policy(), NOW, by_hand=True), tuple) is held_out


def test_a_policy_limit_is_the_reason() -> None:
    by = policy(rule(step(DiscountOffer(percent=Decimal(50), amount=None, invoices=1))))
    assert [(each.why, each.detail) for each in decided(by=by).rejected] == [("percent_limit", "30")]
