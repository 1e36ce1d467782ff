"""What Stripe would refuse is never offered, and the reason names what a person can do."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.billing.subscription import ConnectSettings, Customer, Subscription
from domain.winback.decide import check_offer
from domain.winback.offer import CallBack, DiscountOffer, Offer, Pause, Restart, SwitchPlan
from domain.winback.terms import OfferTerms
from tests.domain.billing.subscriptions import discount, item, price, subscription
from tests.domain.winback.leaving_customers import (
    DAY,
    ENDED,
    ENDS,
    MONTHLY,
    PENDING,
    REQUESTED,
    consenting,
    history,
    limits,
    policy,
    snapshot,
)
from tests.domain.winback.priced_offers import NOW, percent
from wording.decision_reasons import code_words

ARCHIVED = replace(MONTHLY, price=replace(MONTHLY.price, active=False))
YEARLY = item(price("9000", name="price_yearly", every=(1, "year")), name="si_2", until=ENDS)
FEE = ConnectSettings(destination=None, destination_percent=None, on_behalf_of=None, application_fee_percent=Decimal(5))
NONE = replace(MONTHLY, quantity=0)
LITE = price("1900", name="price_lite")
DEARER = price("5900", name="price_2026")


def left(*items: Any, **own: Any) -> Subscription:
    return replace(ENDED, items=items or (MONTHLY,), **own)


def whys(offer: Offer, of: Subscription, who: Customer | None = None, *catalog: Any) -> list[str]:
    one = snapshot(of, who=who, catalog=catalog)
    found = check_offer(offer, one, history(), policy(), NOW, by_hand=True)
    return [] if isinstance(found, OfferTerms) else [each.why for each in found]


@pytest.mark.parametrize(
    ("of", "who", "why"),
    [
        (left(ARCHIVED), {}, "price_archived"),
        (left(pays_by_invoice=True), {}, "pays_by_invoice"),
        (left(MONTHLY, YEARLY), {}, "mixed_intervals"),
        (left(MONTHLY, replace(NONE, id="si_2")), {}, "quantity_zero"),
        (left(*(replace(MONTHLY, id=f"si_{number}") for number in range(21))), {}, "too_many_items"),
        (left(), {"currency": "usd"}, "pinned_currency"),
        (left(connect=FEE), {}, "platform_fee"),
        (replace(PENDING, schedule_id="sub_sched_1"), {}, "schedule"),
    ],
)
def test_refused_by_rule(of: Subscription, who: Mapping[str, Any], why: str) -> None:
    assert whys(Restart(), of, replace(consenting(), **who)) == [why]
    assert whys(CallBack(who=None), of, replace(consenting(), **who)) == []
    assert code_words(why)


def test_an_archived_price_leaves_another_plan() -> None:
    assert whys(SwitchPlan(price_id="price_lite"), left(ARCHIVED), None, LITE) == []
    assert whys(SwitchPlan(price_id="price_2026"), left(ARCHIVED), None, DEARER) == []
    assert whys(SwitchPlan(price_id=None), left(ARCHIVED), None, DEARER) == ["no_cheaper_plan"]
    assert whys(SwitchPlan(price_id="price_2026"), left(), None, DEARER) == ["no_cheaper_plan"]
    assert whys(SwitchPlan(price_id="price_2026"), replace(PENDING, items=(ARCHIVED,)), None, DEARER) == [
        "no_cheaper_plan"
    ]
    assert whys(percent("20"), left(ARCHIVED), None, LITE) == ["price_archived"]
    assert whys(SwitchPlan(price_id="price_lite"), left(ARCHIVED), None, replace(LITE, active=False)) == [
        "price_archived"
    ]


@pytest.mark.parametrize("offer", [Restart(), percent("20"), Pause(months=1)])
def test_an_archived_price_goes_on(offer: Offer) -> None:
    assert whys(offer, replace(PENDING, items=(ARCHIVED,))) == []


def test_an_ended_schedule_hinders_nothing() -> None:
    assert whys(Restart(), left(schedule_id="sub_sched_1")) == []


def test_a_share_for_a_seller_is_kept() -> None:
    assert whys(Restart(), left(connect=replace(FEE, destination="acct_seller"))) == []


def test_invoiced_customers_may_stay() -> None:
    assert whys(Restart(), replace(PENDING, pays_by_invoice=True)) == []


@pytest.mark.parametrize(
    ("currency", "minor", "off", "possible"),
    [
        ("isk", "199000", "12.5", False),  # ISK 1,741.25
        ("isk", "199000", "20", True),
        ("ugx", "4950000", "12.5", False),
        ("kwd", "4900", "12.5", False),  # KWD 4.2875, rounded to 4.288
        ("kwd", "4900", "20", True),
        ("eur", "4900", "12.5", True),
        ("jpy", "1990", "12.5", True),
    ],
)
def test_amounts_that_no_payment_can_have(currency: str, minor: str, off: str, possible: bool) -> None:
    priced = item(replace(price(minor), currency=currency), until=ENDS)
    of = subscription(priced, cancel_at=ENDS, anchor_at=ENDS, currency=currency)
    offer = DiscountOffer(percent=Decimal(off), amount=None, invoices=1)
    assert whys(offer, of) == ([] if possible else ["uncollectable"])
    gone = replace(of, status="canceled", ended_at=REQUESTED)
    assert whys(offer, gone, replace(consenting(), currency=currency)) == ([] if possible else ["uncollectable"])


OWN = discount(percent="60", products=frozenset({"prod_pro"}))


def test_nobody_pays_more_on_another_plan() -> None:
    basic = price("2500", name="price_basic", product="prod_basic")  # € 25 instead of 40% of € 49
    of = replace(PENDING, discounts=(OWN,))
    assert whys(SwitchPlan(price_id="price_basic"), of, None, basic) == ["pays_more"]
    assert whys(SwitchPlan(price_id="price_basic"), PENDING, None, basic) == []
    until = replace(OWN, duration="repeating", ends_at=ENDS + 90 * DAY)
    assert whys(SwitchPlan(price_id="price_basic"), replace(PENDING, discounts=(until,)), None, basic) == ["pays_more"]


@pytest.mark.parametrize(("own", "found"), [("10", []), ("20", ["nothing_to_give"]), ("25", ["pays_more"])])
def test_checkout_takes_the_better_discount(own: str, found: list[str]) -> None:
    inherited = replace(discount(percent=own), level="customer")
    second = policy(within=limits(second_discount=True))
    one = snapshot(left(customer_discount=inherited))
    offered = check_offer(percent("20"), one, history(), second, NOW, by_hand=True)
    assert ([] if isinstance(offered, OfferTerms) else [each.why for each in offered]) == found
    assert whys(Restart(), left(customer_discount=inherited)) == []


def test_a_discount_that_is_worse_at_times_is_not_offered() -> None:
    ends_soon = discount(percent="50", duration="repeating", ends_at=NOW + 40 * DAY)
    one = snapshot(left(customer_discount=replace(ends_soon, level="customer")))
    second = policy(within=limits(second_discount=True))
    offered = check_offer(percent("30", 3), one, history(), second, NOW, by_hand=True)
    assert not isinstance(offered, OfferTerms)
    assert [each.why for each in offered] == ["pays_more"]


UNKNOWN = discount()  # of a coupon that was deleted: neither percent nor amount
LITE_OFFER = SwitchPlan(price_id=LITE.id)


@pytest.mark.parametrize(
    "of",
    [
        replace(PENDING, discounts=(UNKNOWN,)),
        replace(PENDING, customer_discount=UNKNOWN),
        replace(PENDING, items=(replace(MONTHLY, discounts=(UNKNOWN,)),)),
        left(customer_discount=UNKNOWN),
    ],
)
@pytest.mark.parametrize("offer", [Restart(), LITE_OFFER, DiscountOffer(percent=Decimal(20), amount=None, invoices=1)])
def test_a_deleted_coupon_leaves_the_amount_unknown(of: Subscription, offer: Offer) -> None:
    assert whys(offer, of, None, LITE) == ["discount_unknown"]


def test_a_deleted_coupon_of_an_ended_subscription_matters_no_more() -> None:
    assert whys(Restart(), left(discounts=(UNKNOWN,))) == []
