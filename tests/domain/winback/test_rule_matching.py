"""Which cases a rule is for."""

from dataclasses import replace
from typing import Any

import pytest

from domain.cancellations.stored_case import NotedReason
from domain.ids import StaffId
from domain.money import Money
from domain.winback.policy import Match
from domain.winback.rule_matching import first_match, match_rule
from tests.domain.winback.leaving_customers import ENDED, PENDING, REQUESTED, case, consenting, policy, rule, snapshot

ONE = snapshot(
    about=case(comment="no use for it", feedback_option="Lost our funding", tags=("SSO",)), who=consenting(country="FR")
)


def of(*values: str) -> frozenset[str]:
    return frozenset(values)


@pytest.mark.parametrize(
    ("match", "because"),
    [
        (Match(), []),
        (Match(reasons=of("unused", "too_expensive")), [("reason", "too_expensive")]),
        (Match(feedback_options=of("Lost our funding")), [("feedback_option", "Lost our funding")]),
        (Match(tags=of("sso")), [("tag", "sso")]),
        (Match(kinds=of("cancellation_requested")), [("kind", "cancellation_requested")]),
        (Match(products=of("prod_pro")), [("product", "prod_pro")]),
        (Match(prices=of("price_1")), [("price", "price_1")]),
        (Match(countries=of("DE", "FR")), [("country", "FR")]),
        (Match(phases=of("pending", "trialing")), [("phase", "pending")]),
        (Match(words=True), [("words", "")]),
        (Match(monthly_min=(Money(4900, "eur"), Money(9900, "usd"))), [("value", "4900 eur")]),
        (Match(monthly_max=(Money(4900, "eur"),)), [("value", "4900 eur")]),
        (Match(paid_months_min=5, paid_months_max=5), [("paid_months", "5")]),
        (Match(reasons=of("too_expensive"), countries=of("FR")), [("reason", "too_expensive"), ("country", "FR")]),
    ],
)
def test_a_match_names_its_reasons(match: Match, because: list[tuple[str, str]]) -> None:
    found = match_rule(rule(match=match), ONE)
    assert found is not None
    assert [(each.what, each.detail) for each in found] == [("rule", "rule"), *because]


@pytest.mark.parametrize(
    "match",
    [
        Match(reasons=of("unused")),
        Match(reasons=of("none")),
        Match(feedback_options=of("Moved away")),
        Match(tags=of("api")),
        Match(kinds=of("payment_failed")),
        Match(products=of("prod_basic")),
        Match(prices=of("price_2")),
        Match(countries=of("DE")),
        Match(phases=of("ended")),
        Match(words=False),
        Match(monthly_min=(Money(4901, "eur"),)),
        Match(monthly_min=(Money(1, "usd"),)),
        Match(monthly_max=(Money(4899, "eur"),)),
        Match(monthly_max=(Money(99999, "usd"),)),
        Match(paid_months_min=6),
        Match(paid_months_max=4),
        Match(reasons=of("too_expensive"), countries=of("DE")),
    ],
)
def test_cases_that_do_not_match(match: Match) -> None:
    assert match_rule(rule(match=match), ONE) is None


@pytest.mark.parametrize("match", [Match(paid_months_min=0), Match(paid_months_max=99), Match(countries=of("DE"))])
def test_unknown_values_do_not_match(match: Match) -> None:
    assert match_rule(rule(match=match), snapshot(who=consenting(country=None), paid_months=None)) is None


@pytest.mark.parametrize(("given", "fits"), [({}, True), ({"feedback_option": "Moved away"}, False)])
def test_no_reason_is_a_reason(given: dict[str, Any], fits: bool) -> None:
    found = match_rule(rule(match=Match(reasons=of("none"))), snapshot(about=case(feedback=None, **given)))
    assert (found is not None) is fits


def test_the_value_is_that_at_cancellation() -> None:
    for one in (PENDING, ENDED):
        assert match_rule(rule(match=Match(monthly_min=(Money(4900, "eur"),))), snapshot(one)) is not None


@pytest.mark.parametrize(("match_noted", "matches"), [(True, "first"), (False, None)])
def test_a_noted_reason_counts_only_where_the_policy_says_so(match_noted: bool, matches: str | None) -> None:
    noted = NotedReason(feedback="unused", feedback_option=None, words=None, by=StaffId("U1"), at=REQUESTED)
    about = replace(case(feedback=None), noted=noted)
    known = policy(rule(name="first", match=Match(reasons=of("unused"))))
    found = first_match(replace(known, match_noted=match_noted), snapshot(about=about))
    assert (found and found[0].name) == matches
    if found is not None:
        assert found[1][-1].what == "noted"


def test_the_customers_own_reason_goes_before_a_noted_one() -> None:
    noted = NotedReason(feedback="unused", feedback_option=None, words=None, by=StaffId("U1"), at=REQUESTED)
    known = policy(
        rule(name="first", match=Match(reasons=of("unused"))), rule(name="second", match=Match(reasons=of("other")))
    )
    found = first_match(replace(known, match_noted=True), snapshot(about=replace(case(feedback="other"), noted=noted)))
    assert found is not None
    assert (found[0].name, [each.what for each in found[1]]) == ("second", ["rule", "reason"])
