"""What a subscription is worth a month, to the minor unit."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.billing.monthly_value import MonthlyValue, monthly_charge, monthly_value
from domain.billing.subscription import Discount, Item, Subscription
from domain.billing.tax import UNTAXED, Tax
from domain.money import Money
from tests.domain.billing.subscriptions import AT, discount, item, price, subscription

DAY = timedelta(days=1)
GRADUATED = price(None, mode="graduated", tiers=((5, "1000", None), (10, "800", "200"), (None, "500", None)))
VOLUME = price(None, mode="volume", tiers=((5, "1000", None), (10, "800", "200"), (None, "500", None)))
TEN_OFF = Money(1000, "eur")


def value(*items: Item, currency: str = "eur", discounts: tuple[Discount, ...] = ()) -> MonthlyValue:
    return monthly_value(subscription(*items, currency=currency, discounts=discounts), at=AT)


@pytest.mark.parametrize(
    ("line", "minor"),
    [
        (item(price("4900")), 4900),
        (item(price("4900"), 3), 14700),
        (item(price("4900"), 0), 0),
        (item(price("0.5"), 3), 2),  # 1.5 cents, half up
        (item(price("49000", every=(1, "year"))), 4083),  # 4083.33
        (item(price("14700", every=(3, "month"))), 4900),
        (item(price("1000", every=(1, "week"))), 4333),
        (item(price("1000", every=(2, "week"))), 2167),
        (item(price("100", every=(1, "day"))), 3042),
        (item(price("100", every=(30, "day"))), 101),
        (item(price("1000", divide_by=10), 25), 2000),
        (item(price("1000", divide_by=10, round_up=True), 25), 3000),
        (item(GRADUATED, 5), 5000),
        (item(GRADUATED, 6), 5000 + 800 + 200),
        (item(GRADUATED, 12), 5000 + 4000 + 200 + 1000),
        (item(GRADUATED, 0), 0),
        (item(VOLUME, 5), 5000),
        (item(VOLUME, 6), 6 * 800 + 200),
        (item(VOLUME, 12), 12 * 500),
        (item(price(None, mode="graduated", tiers=((None, None, "9900"),)), 4), 9900),
    ],
)
def test_an_item_is_worth_its_price_a_month(line: Item, minor: int) -> None:
    assert value(line) == MonthlyValue(now=Money(minor, "eur"), would_be=Money(minor, "eur"), usage_based=False)


@pytest.mark.parametrize(("currency", "minor"), [("jpy", 5000), ("kwd", 12345), ("eur", 4900)])
def test_minor_units_are_the_currencys_own(currency: str, minor: int) -> None:
    assert value(item(price(str(minor))), currency=currency).now == Money(minor, currency)
    a_third_off = value(item(price(str(minor))), currency=currency, discounts=(discount(percent="33.3"),)).now
    assert a_third_off == Money.rounded(minor * (1 - Decimal("0.333")), currency)


def test_items_are_added_and_rounded_once() -> None:
    yearly = price("100", every=(1, "year"))  # 8.33 each
    assert value(item(yearly), item(yearly), item(yearly)).now == Money(25, "eur")


@pytest.mark.parametrize(
    ("off", "minor"),
    [
        (discount(percent="20"), 8000),
        (discount(percent="12.5"), 8750),
        (discount(percent="100"), 0),
        (discount(amount=TEN_OFF), 9000),
        (discount(amount=Money(99999, "eur")), 0),
        (discount(percent="20", duration="once"), 10000),
        (discount(percent="20", duration="repeating", ends_at=AT + DAY), 8000),
        (discount(percent="20", duration="repeating", ends_at=AT), 10000),
        (discount(percent="20", products=frozenset({"prod_pro"})), 8000),
        (discount(percent="20", products=frozenset({"prod_other"})), 10000),
    ],
)
def test_a_running_discount_is_taken_off(off: Discount, minor: int) -> None:
    assert value(item(price("10000")), discounts=(off,)).now == Money(minor, "eur")
    assert value(item(price("10000"), 1, off)).now == Money(minor, "eur")


def test_an_items_own_discount_comes_first() -> None:
    own = item(price("10000"), 1, discount(amount=TEN_OFF))
    assert value(own, discounts=(discount(percent="50"),)).now == Money(4500, "eur")
    own = item(price("10000"), 1, discount(percent="50"))
    assert value(own, discounts=(discount(amount=TEN_OFF),)).now == Money(4000, "eur")


def test_an_amount_off_is_off_each_invoice() -> None:
    yearly = item(price("120000", every=(1, "year")))
    assert value(yearly, discounts=(discount(amount=Money(12000, "eur")),)).now == Money(9000, "eur")


def test_an_amount_off_several_items_is_off_once_and_off_its_products_only() -> None:
    pro, seat = item(price("3000")), item(price("500", product="prod_seat"))
    assert value(pro, seat, discounts=(discount(amount=TEN_OFF),)).now == Money(2500, "eur")
    off_seats = discount(amount=TEN_OFF, products=frozenset({"prod_seat"}))
    assert value(pro, seat, discounts=(off_seats,)).now == Money(3000, "eur")
    half_off_pro = discount(percent="50", products=frozenset({"prod_pro"}))
    assert value(pro, seat, discounts=(off_seats, half_off_pro)).now == Money(1500, "eur")


def test_what_is_metered_is_said_and_not_guessed() -> None:
    metered = item(price("3", metered=True), None)
    assert value(item(price("4900")), metered) == MonthlyValue(
        now=Money(4900, "eur"), would_be=Money(4900, "eur"), usage_based=True
    )
    assert value(metered).now == Money(0, "eur")


@pytest.mark.parametrize(
    "line",
    [
        item(price(None)),  # no amount in this currency
        item(price(None, mode="graduated")),  # tiers that weren't read
        item(price(None, mode="volume", tiers=((5, "1000", None), (10, "800", None))), 11),
        item(price(None, mode="graduated", tiers=((5, "1000", None), (10, "800", None))), 11),
        item(price("4900"), 1, discount()),  # a coupon that is gone
    ],
)
def test_what_cannot_be_known_is_no_number(line: Item) -> None:
    found = value(item(price("4900")), line)
    assert (found.known, found.now, found.would_be) == (False, Money(0, "eur"), Money(0, "eur"))
    assert not monthly_charge(subscription(line), at=AT).known


def test_quantity_at_the_end_of_finite_tiers_is_known() -> None:
    finite = price(None, mode="graduated", tiers=((5, "1000", None), (10, "800", None)))
    assert value(item(finite, 10)).now == Money(9000, "eur")


@pytest.mark.parametrize(
    ("every", "unit", "minor"),
    [
        ((1, "year"), "150", 13),  # 12.5
        ((2, "year"), "300", 13),
        ((1, "year"), "149", 12),
        ((1, "day"), "6", 183),  # 182.5
        ((1, "week"), "6", 26),
        ((8, "week"), "3", 2),  # 1.625
        ((3, "week"), "9", 13),
    ],
)
def test_halves_are_exact(every: tuple[int, str], unit: str, minor: int) -> None:
    assert value(item(price(unit, every=every))).now == Money(minor, "eur")


def test_a_discount_counts_for_the_invoices_of_its_products() -> None:
    a, b = item(price("1000", product="a"), name="si_a"), item(price("12000", product="b", every=(1, "year")))
    for_b = discount(amount=Money(1200, "eur"), products=frozenset({"b"}))
    assert value(a, b, discounts=(for_b,)).now == Money(1900, "eur")
    half_of_b = discount(percent="50", products=frozenset({"b"}))
    assert value(a, b, discounts=(half_of_b,)).now == Money(1500, "eur")


def test_the_customers_discount_is_inherited_by_what_has_none() -> None:
    line = item(price("4900"))
    theirs, own = discount(percent="50"), discount(percent="10")
    assert monthly_value(subscription(line, customers=theirs), at=AT).now == Money(2450, "eur")
    assert monthly_value(subscription(line, customers=theirs, discounts=(own,)), at=AT).now == Money(4410, "eur")
    over = discount(percent="10", duration="repeating", ends_at=AT)
    assert monthly_value(subscription(line, customers=theirs, discounts=(over,)), at=AT).now == Money(2450, "eur")
    with_own = item(price("4900"), 1, own)
    assert monthly_value(subscription(with_own, customers=theirs), at=AT).now == Money(2205, "eur")


@pytest.mark.parametrize(
    ("tax", "minor"),
    [
        (Tax(included=(Decimal(19),), on_top=Decimal(0)), 4118),
        (Tax(included=(), on_top=Decimal(19)), 4900),
        (UNTAXED, 4900),
    ],
)
def test_it_is_net_of_tax(tax: Tax, minor: int) -> None:
    one = subscription(replace(item(price("4900")), tax=tax))
    assert monthly_value(one, at=AT).now == Money(minor, "eur")
    assert monthly_value(one, at=AT).less_tax == (minor < 4900)
    assert monthly_charge(one, at=AT).now == Money(4900, "eur")


def test_unknown_tax_is_told() -> None:
    one = subscription(replace(item(price("4900")), tax=None))
    assert monthly_value(one, at=AT) == MonthlyValue(
        now=Money(4900, "eur"), would_be=Money(4900, "eur"), usage_based=False, tax_known=False
    )


@pytest.mark.parametrize(
    ("one", "now"),
    [
        (subscription(status="past_due"), 4900),
        (subscription(status="trialing"), 0),
        (subscription(status="paused"), 0),
        (subscription(collection_paused=True), 0),
        (subscription(status="canceled", ended_at=AT), 4900),
        (subscription(status="canceled", ended_at=AT, trial_end_at=AT - 30 * DAY), 4900),
        (subscription(status="canceled", ended_at=AT, trial_end_at=AT), 0),
        (subscription(status="canceled", ended_at=AT + timedelta(minutes=20), trial_end_at=AT), 0),
        (subscription(status="canceled", ended_at=AT, trial_end_at=AT + DAY), 0),
    ],
)
def test_a_trial_or_pause_is_worth_nothing_now_and_what_it_would_be_is_said(one: Subscription, now: int) -> None:
    assert monthly_value(one, at=AT) == MonthlyValue(
        now=Money(now, "eur"), would_be=Money(4900, "eur"), usage_based=False
    )


def test_what_was_never_paid_or_paused_before_its_end_is_worth_nothing_now() -> None:
    ended = subscription(status="canceled", ended_at=AT)
    for found in (monthly_value(replace(ended, never_paid=True), at=AT), monthly_value(ended, at=AT, paused=True)):
        assert found == MonthlyValue(now=Money(0, "eur"), would_be=Money(4900, "eur"), usage_based=False)
