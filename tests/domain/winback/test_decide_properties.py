"""What a decision never does, for any customer, history and policy."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.money import Money
from domain.winback.decide import check_offer, decide
from domain.winback.decision import Decision, EarlierOffer
from domain.winback.offer import CallBack, DiscountOffer, FreeMonths, Offer, Restart
from domain.winback.rule_matching import match_rule
from domain.winback.terms import OfferTerms
from tests.domain.winback.leaving_customers import REQUESTED, limits, rule, step
from tests.domain.winback.strategies import (
    FORBID_ALL,
    FORBID_AUTOMATIC,
    FORBID_EMAILS,
    MINUTE,
    OBSTACLES,
    Situation,
    offers,
    situations,
)
from tests.lanes import examples

thousand = settings(max_examples=examples(1000))
NOTHING_AT_ALL = timedelta(0)


def decided(one: Situation) -> Decision:
    return decide(one.snapshot, one.past, one.policy, one.now)


def judged(offer: Offer, one: Situation, *, by_hand: bool) -> OfferTerms | None:
    found = check_offer(offer, one.snapshot, one.past, one.policy, one.now, by_hand=by_hand)
    return found if isinstance(found, OfferTerms) else None


@thousand
@given(one=situations(), own=offers, runs=st.booleans())
def test_never_above_a_limit(one: Situation, own: Offer, runs: bool) -> None:
    if runs:
        stacking = replace(one.policy, limits=limits(percent=Decimal(30), second_discount=True))
        one = OBSTACLES["a discount runs"](replace(one, policy=stacking))
    bounds = one.policy.limits
    for terms in (decided(one).terms, judged(own, one, by_hand=True)):
        if terms is None:
            continue
        budget = bounds.budget_a_month.get(terms.cost.currency)
        spent = one.past.spent.get(terms.cost.currency, Money(0, terms.cost.currency))
        assert budget is None or not terms.cost.minor or spent.minor + terms.cost.minor <= budget.minor
        if isinstance(terms.offer, FreeMonths):
            assert terms.offer.months <= bounds.invoices
        if isinstance(terms.offer, DiscountOffer):
            assert terms.offer.invoices <= bounds.invoices
            assert bounds.second_discount or terms.phase == "ended" or not one.subscription.discounts
            full = sum((line.price.unit_amount or Decimal(0)) * (line.quantity or 1) for line in one.subscription.items)
            allowed = full * bounds.percent / 100 + Decimal("0.5")  # a rounded cent
            assert all(full - invoice.after.minor <= allowed for invoice in terms.invoices)


@thousand
@given(
    one=situations(at_most=0),
    past_it=st.sampled_from([-timedelta(days=1), -MINUTE, NOTHING_AT_ALL, MINUTE]),
    by_card=st.booleans(),
    own=offers,
)
def test_never_two_offers_inside_the_cooldown(one: Situation, past_it: timedelta, by_card: bool, own: Offer) -> None:
    """An address in other case and a second customer object are the same person, whose offers stand in `earlier`."""
    later = one.offered(one.cooldown + past_it, by_card=by_card)
    if past_it > NOTHING_AT_ALL:
        assert decided(later).terms == decided(one).terms
    else:
        assert decided(later).terms is None
        assert judged(own, later, by_hand=True) is None


@thousand
@given(one=situations())
def test_each_step_is_offered_once_after_the_gap(one: Situation) -> None:
    past, now = one.past, one.now
    given_at: list[datetime] = []
    for _ in range(20):
        decision = decide(one.snapshot, past, one.policy, now)
        if decision.terms is not None and decision.rule is not None and decision.step is not None:
            assert (decision.rule, decision.step) not in past.decided
            assert all(at < now - one.policy.limits.step_gap for at in given_at)
            given_at.append(now)
            made = EarlierOffer(at=now, case_id=one.snapshot.case.id, offer=decision.terms.offer, by_card=False)
            step_done = (decision.rule, decision.step)
            past = replace(past, earlier=(*past.earlier, made), decided=past.decided | {step_done})
            decision = decide(one.snapshot, past, one.policy, now)
            assert decision.terms is None
        if decision.look_again_at is None:
            return
        assert decision.look_again_at > now
        now = decision.look_again_at
    raise AssertionError("it never comes to rest")


@thousand
@given(one=situations(), name=st.sampled_from(sorted({**FORBID_ALL, **FORBID_AUTOMATIC, **FORBID_EMAILS})), own=offers)
def test_never_to_blocked_people(one: Situation, name: str, own: Offer) -> None:
    """Neither automatically nor by hand; a call isn't an email; a person may override what only the policy forbids."""
    stopped = OBSTACLES[name](one)
    terms, by_hand = decided(stopped).terms, judged(own, stopped, by_hand=True)
    if name in FORBID_EMAILS:
        assert terms is None or isinstance(terms.offer, CallBack)
        assert by_hand is None or isinstance(own, CallBack)
    else:
        assert terms is None
        assert judged(own, stopped, by_hand=False) is None
        assert by_hand == (None if name in FORBID_ALL else judged(own, one, by_hand=True))


@thousand
@given(one=situations(), own=offers)
def test_the_holdout_gets_exempt_offers_only(one: Situation, own: Offer) -> None:
    failed = one.snapshot.case.episode.cancellation.kind == "payment_failed"

    def exempt(offer: Offer) -> bool:
        return isinstance(offer, CallBack) or (isinstance(offer, Restart) and failed)

    held, free = decided(one.before(holdout=True)), decided(one.before(holdout=False))
    assert replace(held, held_out=False) == free
    assert held.held_out == (held.terms is not None and not exempt(held.terms.offer))
    by_hand = judged(own, one.before(holdout=True), by_hand=True)
    assert by_hand == (judged(own, one.before(holdout=False), by_hand=True) if exempt(own) else None)


@thousand
@given(one=situations())
def test_deciding_is_deterministic(one: Situation) -> None:
    decision = decided(one)
    names = [each.name for each in one.policy.rules if match_rule(each, one.snapshot) is not None]
    assert decision.rule == next(iter(names), None)
    assert {each.rule for each in decision.rejected} <= {None, decision.rule}
    shuffled = one.before(earlier=one.past.earlier[::-1], spent=dict(one.past.spent))
    assert decided(shuffled) == decision
    if names:
        longer = replace(one.policy, rules=(*one.policy.rules, rule(step(), name="last")))
        assert decide(one.snapshot, one.past, longer, one.now) == decision


@thousand
@given(one=situations())
def test_decisions_survive_a_second_check(one: Situation) -> None:
    decision = decided(one)
    if decision.terms is None:
        assert decision.rejected
        assert (decision.step, decision.last_useful_at, decision.held_out) == (None, None, False)
        return
    assert decision.last_useful_at is not None
    assert decision.last_useful_at > one.now
    own, end = one.policy.rule(decision.rule or ""), one.subscription.ends_at
    assert own is not None
    assert decision.step is not None
    assert end is not None
    when = own.steps[decision.step].when
    moments = {"after": REQUESTED + when.span, "before_end": end - when.span, "after_end": end + when.span}
    assert moments[when.anchor] <= one.now
    free = one.before(holdout=False)
    assert judged(decision.terms.offer, free, by_hand=False) == decision.terms
    assert judged(decision.terms.offer, free, by_hand=True) == decision.terms
