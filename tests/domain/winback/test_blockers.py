"""What blocks an offer: always, only automatically, or only by email."""

from dataclasses import replace
from typing import Any

import pytest

from domain.winback.decide import check_offer, overrides_never
from domain.winback.decision import Rejection
from domain.winback.offer import CallBack, FreeMonths, Restart
from domain.winback.terms import OfferTerms
from tests.domain.billing.subscriptions import customer
from tests.domain.winback.decisions import A_FORTNIGHT_AFTER, NOW, SECOND, decided, earlier, offered, whys
from tests.domain.winback.leaving_customers import (
    DAY,
    ENDED,
    PENDING,
    REQUESTED,
    TRIALING,
    TWENTY,
    case,
    consenting,
    history,
    policy,
    rule,
    snapshot,
    step,
)

AUTOMATIC_ONLY: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"comment": "We CLOSED our shop."}, {}, "needs_a_person"),
    ({"comment": "Please DON’T  contact me again"}, {}, "asks_for_silence"),
    ({"owner": "U1", "owned_at": NOW - 14 * DAY + SECOND}, {}, "talked_to"),
    ({}, {"other_live": "sub_2"}, "other_live"),
    ({"kind": "payment_failed", "decline_code": "debit_not_authorized"}, {}, "own_decision"),
    ({"kind": "payment_failed", "decline_code": "stop_payment_order"}, {}, "own_decision"),
]
ALWAYS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"state": "withdrawn"}, {}, "withdrawn"),
    ({"silent": True}, {}, "silent"),
    ({"state": "resumed"}, {}, "back"),
    ({}, {"back": True}, "back"),
    ({}, {"suppressed": True}, "suppressed"),
    ({}, {"disputed": True}, "disputed"),
    ({"kind": "payment_disputed"}, {}, "disputed"),
    ({}, {"earlier": (earlier(NOW - 90 * DAY),)}, "cooldown"),
    ({}, {"earlier": (earlier(NOW - 10 * DAY, of=snapshot().case.id),)}, "cooldown"),
    ({}, {"earlier": (earlier(NOW - DAY, by_card=True),)}, "cooldown_by_card"),
    ({}, {"open_since": NOW - DAY}, "open_already"),
]


@pytest.mark.parametrize(("about", "past", "why"), AUTOMATIC_ONLY + ALWAYS)
def test_every_blocker_of_a_proposal(about: dict[str, Any], past: dict[str, Any], why: str) -> None:
    decision = decided(snapshot(about=case(**about)), history(**past))
    assert (decision.terms, why in whys(decision)) == (None, True)


@pytest.mark.parametrize(("about", "past", "why"), AUTOMATIC_ONLY)
def test_blockers_that_a_person_may_ignore(about: dict[str, Any], past: dict[str, Any], why: str) -> None:
    one, before = snapshot(about=case(**about)), history(**past)
    assert isinstance(check_offer(TWENTY, one, before, policy(), NOW, by_hand=True), OfferTerms)
    refused = check_offer(TWENTY, one, before, policy(), NOW, by_hand=False)
    assert isinstance(refused, tuple)
    assert [each.why for each in refused] == [why]


@pytest.mark.parametrize(("about", "past", "why"), [*ALWAYS, ({}, {"holdout": True}, "holdout")])
def test_blockers_that_nobody_may_ignore(about: dict[str, Any], past: dict[str, Any], why: str) -> None:
    refused = check_offer(TWENTY, snapshot(about=case(**about)), history(**past), policy(), NOW, by_hand=True)
    assert isinstance(refused, tuple)
    assert why in [each.why for each in refused]
    assert {each.offer for each in refused} == {TWENTY}


@pytest.mark.parametrize(
    ("who", "own", "why"),
    [
        (consenting(email="kim@northwind.test"), {}, "internal"),
        (consenting(email="kim@EU.northwind.test "), {}, "internal"),
        (consenting(email="kim@xn--mller-kva.de"), {"internal_domains": frozenset({"müller.de"})}, "internal"),
        (consenting(email="kim@mail.müller.de"), {"internal_domains": frozenset({"xn--mller-kva.de"})}, "internal"),
        (consenting(email=None), {}, "no_address"),
        (customer(deleted=True), {}, "customer_deleted"),
        (consenting(marketing_consent="no"), {}, "no_consent"),
        (consenting(country=None, marketing_consent="no"), {}, "no_consent"),
        (consenting(country="CA", soft_opt_in="2024-06-01"), {}, "consent_ended"),
        (consenting(), {"zone": None}, "no_zone"),
    ],
)
def test_people_who_get_no_email(who: Any, own: dict[str, Any], why: str) -> None:
    assert whys(decided(snapshot(who=who), by=policy(**own))) == [why]
    refused = check_offer(TWENTY, snapshot(who=who), history(), policy(**own), NOW, by_hand=True)
    assert isinstance(refused, tuple)
    assert [each.why for each in refused] == [why]


@pytest.mark.parametrize("who", [consenting(email="kim@notnorthwind.test"), consenting(country="US", soft_opt_in="no")])
def test_people_who_may_get_email(who: Any) -> None:
    assert offered(decided(snapshot(who=who))) == TWENTY


@pytest.mark.parametrize("who", [consenting(email=None), consenting(marketing_consent="no")])
def test_a_call_needs_no_consent_or_address(who: Any) -> None:
    by = policy(rule(step(CallBack(who=None))), zone=None)
    assert offered(decided(snapshot(who=who), by=by)) == CallBack(who=None)


def test_somebody_who_resumed_is_back() -> None:
    assert whys(decided(snapshot(replace(PENDING, cancel_at=None)))) == ["back"]
    still = replace(PENDING, cancel_at=None, cancel_at_period_end=True)
    assert offered(decided(snapshot(still))) == TWENTY


def test_a_case_grows_too_old() -> None:
    one = snapshot(ENDED)
    by = policy(rule(step(when=A_FORTNIGHT_AFTER)))
    assert offered(decided(one, by=by, at=REQUESTED + 119 * DAY)) == TWENTY
    assert "too_old" in whys(decided(one, by=by, at=REQUESTED + 120 * DAY + SECOND))
    assert check_offer(TWENTY, one, history(), by, REQUESTED + 121 * DAY, by_hand=True) == (
        Rejection(why="too_old", offer=TWENTY),
    )


def test_never_is_overridden_only_by_hand() -> None:
    by = policy(rule(step(Restart()), never=frozenset({"discount"})))
    assert check_offer(TWENTY, snapshot(), history(), by, NOW, by_hand=False) == (
        Rejection(why="never", offer=TWENTY, detail="rule"),
    )
    assert isinstance(check_offer(TWENTY, snapshot(), history(), by, NOW, by_hand=True), OfferTerms)
    assert overrides_never(TWENTY, snapshot(), by) == "rule"  # so it takes two managers
    assert overrides_never(Restart(), snapshot(), by) is None


def test_all_blockers_are_listed_at_once() -> None:
    refused = check_offer(
        FreeMonths(months=9),
        snapshot(TRIALING, who=consenting(marketing_consent="no")),
        history(suppressed=True, disputed=True, holdout=True),
        policy(),
        NOW,
        by_hand=True,
    )
    assert isinstance(refused, tuple)
    assert [each.why for each in refused] == ["suppressed", "disputed", "no_consent", "phase", "holdout"]


@pytest.mark.parametrize(("code", "held"), [("expired_card", False), ("stop_payment_order", True)])
def test_only_a_mishap_is_mended_in_the_holdout_too(code: str, held: bool) -> None:
    one = snapshot(about=case(kind="payment_failed", decline_code=code))
    answer = check_offer(Restart(), one, history(holdout=True), policy(), NOW, by_hand=True)
    assert ("holdout" in [each.why for each in answer] if isinstance(answer, tuple) else False) == held
