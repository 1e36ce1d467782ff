"""The digest names a share to hold out where a year would tell what offers are worth."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.winback.offer import CallBack, Restart
from domain.winback.policy import Match, Policy
from flows.ports.store import CaseCounts, ReportGroup
from flows.winback.results.lift_outlook import holdout_that_tells
from tests.domain.winback.leaving_customers import limits, policy, rule, step

RULES = policy(
    rule(step(), name="price"),
    rule(step(Restart()), name="failed", match=Match(kinds=frozenset({"payment_failed"}))),
    rule(step(CallBack(who=None)), name="call"),
    within=limits(holdout=Decimal(0)),
)
HELD_OUT = replace(RULES, limits=limits(holdout=Decimal("0.1")))


def year(cases: int, name: str | None = "price") -> list[ReportGroup]:
    counts = CaseCounts(cases=cases, by_themselves=cases // 10)
    return [ReportGroup(reason=None, decline_code=None, rule=name, currency="eur", counts=counts)]


@pytest.mark.parametrize(
    ("cases", "name", "by", "found"),
    [
        (0, "price", RULES, None),
        (300, "price", RULES, None),  # too few, whatever share
        (100_000, "price", RULES, (Decimal("0.1"), 6)),
        (2_000, "price", RULES, (Decimal("0.2"), 11)),  # a tenth would take longer than a year
        (100_000, "failed", RULES, None),  # the holdout gets that as well
        (100_000, "call", RULES, None),
        (100_000, None, RULES, None),
        (100_000, "price", HELD_OUT, None),
    ],
)
def test_a_share_is_named_where_it_tells(
    cases: int, name: str | None, by: Policy, found: tuple[Decimal, int] | None
) -> None:
    assert holdout_that_tells(year(cases, name), by) == found
