from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.billing.subscription import Cancellation, Item, Price
from domain.billing.tax import UNTAXED, Tax
from tests.wording.samples import ITEM, NO_REASON, NOW, PRICE, SUBSCRIPTION
from wording.decline import decline
from wording.plan import plan_name, price_line, tax_note
from wording.reason import feedback, kind, reason, why
from wording.status import status, status_line


def item(quantity: int | None = 1, **price: Any) -> Item:
    return replace(ITEM, quantity=quantity, price=replace(PRICE, **price))


def cancellation(**given: str) -> Cancellation:
    return replace(NO_REASON, **given)


@pytest.mark.parametrize(
    ("items", "name", "line"),
    [
        ([item()], "Pro", "€49 a month"),
        ([item(3)], "Pro × 3", "3 × €49 a month"),
        ([item(product_name=None, nickname="Old deal")], "Old deal", "€49 a month"),
        ([item(product_name=None)], "price_pro", "€49 a month"),
        ([item(product_name=" Pro\n\u202ePlan ")], "Pro Plan", "€49 a month"),
        ([item(product_name="P" * 100)], "P" * 79 + "…", "€49 a month"),
        ([item(interval="year", unit_amount=Decimal(49000))], "Pro", "€490 a year"),
        ([item(interval_count=3)], "Pro", "€49 every 3 months"),
        ([item(None, metered=True)], "Pro", "usage-based"),
        ([item(12, unit_amount=None, tiers_mode="graduated")], "Pro × 12", "12 × tiered price a month"),
        ([item(12, unit_amount=None)], "Pro × 12", "12 × price not known"),
        ([item(250, divide_by=100)], "Pro × 250", "250 × €49 per 100 a month"),
        ([item(unit_amount=Decimal("0.25"))], "Pro", "€0.0025 a month"),
        ([item(), item(2, unit_amount=Decimal(1000)), item(None, metered=True)], "Pro + 2 more", None),
        ([], "a subscription without items", ""),
    ],
)
def test_a_plan_has_a_name_and_a_price(items: list[Item], name: str, line: str | None) -> None:
    subscription = replace(SUBSCRIPTION, items=tuple(items))
    assert plan_name(subscription) == name
    assert price_line(subscription) == ("€49 a month + 2 × €10 a month + usage-based" if line is None else line)


@pytest.mark.parametrize(
    ("taxes", "note"),
    [
        ([UNTAXED], ""),
        ([Tax(included=(Decimal(19),), on_top=Decimal(0)), UNTAXED], ", tax included"),
        ([Tax(included=(), on_top=Decimal(19))], " + tax"),
        (
            [Tax(included=(), on_top=Decimal(19)), Tax(included=(Decimal(19),), on_top=Decimal(0))],
            ", tax partly included",
        ),
        ([UNTAXED, None], ", tax unknown"),
    ],
)
def test_tax_is_noted_after_prices(taxes: list[Tax | None], note: str) -> None:
    assert tax_note(replace(SUBSCRIPTION, items=tuple(replace(ITEM, tax=tax) for tax in taxes))) == note


def test_a_price_is_written_in_its_own_currency() -> None:
    yen: Price = replace(PRICE, currency="jpy", unit_amount=Decimal(4900))
    assert price_line(replace(SUBSCRIPTION, items=(replace(ITEM, price=yen),))) == "¥4,900 a month"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "active"),
        ({"collection_paused": True}, "active, payments paused"),
        ({"status": "past_due"}, "payment overdue"),
        ({"status": "frozen"}, "frozen"),
        ({"status": "trialing", "trial_end_at": datetime(2026, 12, 1, tzinfo=UTC)}, "in trial until 1 Dec"),
        (
            {"cancel_at_period_end": True, "cancellation": cancellation(feedback="too_expensive")},
            "active, ends on 3 Dec, reason: too expensive",
        ),
        (
            {
                "status": "canceled",
                "ended_at": datetime(2026, 11, 3, tzinfo=UTC),
                "cancellation": cancellation(kind="cancellation_requested", feedback="too_expensive"),
            },
            "canceled on 3 Nov, reason: too expensive",
        ),
        (
            {
                "status": "canceled",
                "ended_at": datetime(2025, 11, 3, tzinfo=UTC),
                "cancellation": cancellation(kind="payment_failed"),
            },
            "canceled on 3 Nov 2025, reason: payment failed",
        ),
        (
            {
                "status": "canceled",
                "ended_at": datetime(2026, 11, 3, tzinfo=UTC),
                "cancellation": cancellation(kind="cancellation_requested"),
            },
            "canceled on 3 Nov",
        ),
    ],
)
def test_how_a_subscription_stands(changes: dict[str, Any], expected: str) -> None:
    assert status_line(replace(SUBSCRIPTION, **changes), now=NOW, zone=UTC) == expected


@pytest.mark.parametrize(
    "value",
    "customer_service low_quality missing_features other switched_service too_complex too_expensive unused".split(),  # noqa: SIM905  # reads as Stripe lists them
)
def test_each_of_stripes_feedbacks_has_words(value: str) -> None:
    assert "_" not in feedback(value)
    assert reason(cancellation(feedback=value)) == feedback(value)


def test_what_stripe_adds_later_is_shown_as_it_is() -> None:
    assert feedback("moved_to_mars") == "moved_to_mars"
    assert kind("court_order") == "court_order"
    assert status("frozen") == "frozen"
    assert decline("brand_new_code").meaning == "brand_new_code"


def test_a_custom_reason_goes_before_stripes_own() -> None:
    given = cancellation(kind="cancellation_requested", feedback="other", feedback_option="No\ndark mode")
    assert why(given) == "No dark mode"


def test_a_reason_that_nobody_gave_is_none() -> None:
    assert reason(NO_REASON) is None
    assert why(cancellation(kind="cancellation_requested")) is None
    assert why(cancellation(kind="payment_disputed")) == "payment disputed"


def test_a_decline_says_what_helps_and_gives_no_thief_a_hint() -> None:
    assert decline("insufficient_funds").meaning == "there is not enough money on the account"
    assert "another card" in decline("expired_card").helps
    for code in ("lost_card", "stolen_card", "pickup_card", "fraudulent"):
        assert "without naming the cause" in decline(code).helps
