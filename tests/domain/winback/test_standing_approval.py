"""A standing approval's digest changes with everything it is based on, and nothing else."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.billing.subscription import Price
from domain.ids import StaffId
from domain.money import Money
from domain.winback.offer import Restart, SwitchPlan
from domain.winback.policy import Match, Policy, StandingApproval
from domain.winback.standing_approval import digest_of, is_valid
from tests.domain.billing.subscriptions import price
from tests.domain.winback.leaving_customers import REQUESTED, TWENTY, limits, policy, rule, step

FIRST = rule(step(TWENTY), name="first", match=Match(reasons=frozenset({"too_expensive", "unused", "other"})))
SECOND = rule(step(SwitchPlan(price_id=None)), name="second")
THIRD = rule(step(Restart()), name="third")
KNOWN = policy(FIRST, SECOND, THIRD)
CATALOG = (price("1900"), replace(price("2900"), id="price_2"))

SHOW = (
    "from tests.domain.winback.test_standing_approval import CATALOG, KNOWN, SECOND, digest_of;"
    " print(digest_of(KNOWN, SECOND, CATALOG))"
)


def digest(of: Policy = KNOWN, name: str = "second", catalog: tuple[Price, ...] = CATALOG) -> str:
    found = of.rule(name)
    assert found is not None
    return digest_of(of, found, catalog)


@pytest.mark.parametrize(
    "changed",
    [
        replace(KNOWN, limits=limits(percent=Decimal(29))),
        replace(KNOWN, limits=limits(budget_a_month={"eur": Money(1, "eur")})),
        replace(KNOWN, limits=limits(cooldown=timedelta(days=1))),
        replace(KNOWN, consent=replace(KNOWN.consent, not_needed=frozenset({"US", "DE"}))),
        replace(KNOWN, no_contact_phrases={}),
        replace(KNOWN, person_reads={"en": ("stop",)}),
        replace(KNOWN, internal_domains=frozenset()),
        replace(KNOWN, zone=None),
        replace(KNOWN, rules=(SECOND, FIRST, THIRD)),
        replace(KNOWN, rules=(replace(FIRST, never=frozenset({"pause"})), SECOND, THIRD)),
        replace(KNOWN, rules=(FIRST, replace(SECOND, steps=(replace(SECOND.steps[0], text="Hi"),)), THIRD)),
    ],
)
def test_relevant_changes_change_the_digest(changed: Policy) -> None:
    assert digest(changed) != digest()


def test_later_rules_do_not_change_the_digest() -> None:
    assert digest(replace(KNOWN, rules=(FIRST, SECOND), digest="another")) == digest()


def test_prices_matter_to_plan_switches_only() -> None:
    dearer = (CATALOG[0], replace(CATALOG[1], unit_amount=Decimal(3000)))

    assert digest(catalog=dearer) != digest()
    assert digest(catalog=CATALOG[::-1]) == digest()
    assert digest(name="first", catalog=dearer) == digest(name="first")


@pytest.mark.usefixtures("processes")
def test_every_process_has_the_same_digest() -> None:
    told = {
        subprocess.check_output([sys.executable, "-c", SHOW], env=os.environ | {"PYTHONHASHSEED": seed}, text=True)
        for seed in ("1", "2")
    }

    assert told == {digest() + "\n"}


def test_it_is_valid_until_something_changes() -> None:
    approval = StandingApproval(
        rule="second",
        digest="as it was",
        approved_by=StaffId("U0MANAGER1"),
        approved_at=REQUESTED,
        expires_at=REQUESTED + timedelta(days=90),
        budget=Money(1, "eur"),
        spent=Money(0, "eur"),
    )

    assert is_valid(approval, digest="as it was", now=REQUESTED)
    assert not is_valid(approval, digest="as it is", now=REQUESTED)
    assert not is_valid(approval, digest="as it was", now=approval.expires_at)
