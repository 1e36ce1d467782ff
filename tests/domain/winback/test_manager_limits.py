"""How far a manager may go alone."""

from decimal import Decimal

import pytest

from domain.ids import StaffId
from domain.money import Money
from domain.winback.manager_limits import is_within_limits, second_approver_above
from domain.winback.offer import (
    CallBack,
    DiscountOffer,
    ExtendTrial,
    FreeMonths,
    ManagerLimits,
    NoOffer,
    Offer,
    Pause,
    Restart,
    SwitchPlan,
)
from tests.domain.billing.subscriptions import price
from tests.domain.winback.leaving_customers import PENDING, TWENTY, limits, policy, pricing


def percent(off: str, invoices: int = 3) -> DiscountOffer:
    return DiscountOffer(percent=Decimal(off), amount=None, invoices=invoices)


def amount(minor: int, currency: str = "eur") -> DiscountOffer:
    return DiscountOffer(percent=None, amount=Money(minor, currency), invoices=1)


NONE = ManagerLimits()
PRICING = pricing(
    PENDING, price("900", name="price_basic"), price("2900", name="price_plus"), price("9900", name="price_team")
)


@pytest.mark.parametrize(
    ("offer", "own", "up_to", "alone"),
    [
        (TWENTY, TWENTY, NONE, True),
        (percent("10", 1), TWENTY, NONE, True),
        (percent("20.5"), TWENTY, NONE, False),
        (percent("25"), TWENTY, ManagerLimits(percent=Decimal(25)), True),
        (percent("25.01"), TWENTY, ManagerLimits(percent=Decimal(25)), False),
        (percent("20"), TWENTY, ManagerLimits(percent=Decimal(10)), True),
        (percent("31"), TWENTY, ManagerLimits(percent=Decimal(40)), False),
        (percent("20", 3), percent("20", 1), NONE, False),
        (percent("20", 3), percent("20", 1), ManagerLimits(invoices=3), True),
        (percent("20", 4), percent("20", 1), ManagerLimits(invoices=9), False),
        (amount(500), amount(500), NONE, True),
        (amount(501), amount(500), NONE, False),
        (amount(900), amount(500), ManagerLimits(amount=Money(900, "eur")), True),
        (amount(900, "usd"), amount(500), ManagerLimits(amount=Money(900, "eur")), False),
        (amount(1), percent("20", 1), NONE, False),
        (amount(500), percent("20", 1), ManagerLimits(amount=Money(900, "eur")), True),
        (percent("1", 1), amount(500), NONE, False),
        (FreeMonths(months=1), FreeMonths(months=2), NONE, True),
        (FreeMonths(months=3), FreeMonths(months=2), NONE, False),
        (FreeMonths(months=3), FreeMonths(months=2), ManagerLimits(months=3), True),
        (FreeMonths(months=4), FreeMonths(months=2), ManagerLimits(months=9), False),
        (Pause(months=3), Pause(months=2), ManagerLimits(months=3), True),
        (Pause(months=4), Pause(months=2), ManagerLimits(months=3), False),
        (ExtendTrial(days=14), ExtendTrial(days=7), ManagerLimits(days=14), True),
        (ExtendTrial(days=15), ExtendTrial(days=7), ManagerLimits(days=14), False),
        (SwitchPlan(price_id=None), SwitchPlan(price_id=None), NONE, True),
        (SwitchPlan(price_id="price_1"), SwitchPlan(price_id="price_1"), NONE, True),
        (SwitchPlan(price_id="price_basic"), SwitchPlan(price_id="price_plus"), NONE, False),
        (SwitchPlan(price_id="price_plus"), SwitchPlan(price_id="price_basic"), NONE, True),
        (SwitchPlan(price_id="price_plus"), SwitchPlan(price_id=None), NONE, True),
        (SwitchPlan(price_id="price_basic"), SwitchPlan(price_id=None), NONE, False),
        (SwitchPlan(price_id="price_gone"), SwitchPlan(price_id=None), NONE, False),
        (Restart(shipped="SSO"), Restart(), NONE, True),
        (CallBack(who=StaffId("U1")), CallBack(who=None), NONE, True),
        (NoOffer(), NoOffer(), NONE, True),
        (Restart(), TWENTY, NONE, False),
        (FreeMonths(months=1), TWENTY, ManagerLimits(months=3), False),
    ],
)
def test_a_manager_alone_stays_within_the_rule(offer: Offer, own: Offer, up_to: ManagerLimits, alone: bool) -> None:
    assert is_within_limits(offer, own, up_to, limits(), PRICING) is alone


@pytest.mark.parametrize(
    ("named", "median", "above"),
    [
        ({}, Money(4900, "eur"), Money(98000, "eur")),
        ({"eur": Money(30000, "eur")}, Money(4900, "eur"), Money(30000, "eur")),
        ({"usd": Money(30000, "usd")}, Money(4900, "eur"), Money(98000, "eur")),
        ({"eur": Money(30000, "eur")}, None, Money(30000, "eur")),
        ({}, None, None),
    ],
)
def test_above_this_cost_two_must_approve(named: dict[str, Money], median: Money | None, above: Money | None) -> None:
    assert second_approver_above(policy(within=limits(second_approver_above=named)), "eur", median) == above
