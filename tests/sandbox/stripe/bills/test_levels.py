"""Discounts on customer, subscription and item, and what a subscription inherits."""

from typing import Any

import pytest

from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json
from tests.sandbox.stripe.billed import Books, item_id, renewal


def coupon(books: Books, **terms: Any) -> Json:
    with books.today() as account:
        return account.coupons.create({"duration": "forever", **terms})


def running(books: Books, *lines: Json | tuple[Json, int], **terms: Any) -> Json:
    """Let a customer with 20% off forever subscribe."""
    with books.today() as account:
        customer = account.create_customer(email="dana@acme-mail.com", country="DE")
        account.cards.attach(customer)
        account.discounts.give(customer, coupon(books, percent_off=20))
        return account.subscribe(customer, *lines, **terms)


def test_the_customers_discount_is_inherited(books: Books) -> None:
    subscription = running(books, books.price())
    invoice = books.invoices(subscription)[0]
    customer = books.account.ledger.get("customer", subscription["customer"])
    assert (subscription["discounts"], invoice["total"]) == ([], 3920)
    assert invoice["total_discount_amounts"] == [{"amount": 980, "discount": customer["discount"]["id"]}]


def test_own_discount_replaces_the_inherited_one(books: Books) -> None:
    subscription = running(books, books.price())
    tenth = coupon(books, percent_off=10)
    books.update(subscription, discounts=[{"coupon": tenth["id"]}])
    books.wait(renewal(subscription))
    assert books.totals(subscription) == [3920, 4410]


def test_the_customers_discount_can_be_kept(books: Books) -> None:
    subscription = running(books, books.price())
    customer = books.account.ledger.get("customer", subscription["customer"])
    tenth = coupon(books, percent_off=10)
    books.update(subscription, discounts=[{"discount": customer["discount"]["id"]}, {"coupon": tenth["id"]}])
    books.wait(renewal(subscription))
    assert books.totals(subscription) == [3920, 3528]
    books.update(subscription, discounts=[{"coupon": tenth["id"]}])
    assert customer["discount"]["end"] is None


def test_a_customers_once_is_used_by_one_invoice(books: Books) -> None:
    with books.today() as account:
        customer = account.create_customer()
        account.cards.attach(customer)
        account.discounts.give(customer, coupon(books, percent_off=50, duration="once"))
        subscription = account.subscribe(customer, books.price())
    books.wait(renewal(subscription))
    assert (books.totals(subscription), customer["discount"]) == ([2450, 4900], None)


def test_item_discounts_go_first(books: Books) -> None:
    pro, seats = books.price(1000), books.price(2000, product="Seats")
    subscription = running(books, pro, seats)
    half = coupon(books, percent_off=50, duration="repeating", duration_in_months=1)
    books.update(subscription, items=[{"id": item_id(subscription), "discounts": [{"coupon": half["id"]}]}])
    books.wait(renewal(subscription))
    books.wait(renewal(subscription))
    last, before = books.invoices(subscription)[-1], books.invoices(subscription)[-2]
    assert books.totals(subscription) == [2400, 2400, 2400]
    assert subscription["items"]["data"][0]["discounts"] == []
    assert (last["subtotal"], before["subtotal"]) == (3000, 3000)


def test_item_discount_lowers_its_line(books: Books) -> None:
    pro, seats = books.price(1000), books.price(2000, product="Seats")
    subscription = books.subscribe(pro, seats)
    half = coupon(books, percent_off=50)
    fixed = coupon(books, amount_off=300, currency="eur")
    books.update(
        subscription,
        items=[{"id": item_id(subscription), "discounts": [{"coupon": half["id"]}]}],
        discounts=[{"coupon": fixed["id"]}],
    )
    books.wait(renewal(subscription))
    invoice = books.invoices(subscription)[-1]
    assert (invoice["subtotal"], invoice["total"]) == (2500, 2200)
    assert [[each["amount"] for each in line["discount_amounts"]] for line in invoice["lines"]["data"]] == [
        [500, 60],
        [240],
    ]


def test_coupon_of_one_product_lowers_its_line_only(books: Books) -> None:
    month = books.price(1000)
    year = books.price(12000, product="B", interval="year")
    limited = coupon(books, amount_off=1200, currency="eur", applies_to={"products": [year["product"]]})
    subscription = books.subscribe(month, year, coupons=[limited])
    books.wait(renewal(subscription))
    assert books.totals(subscription) == [11800, 1000]


def test_amount_of_another_currency_is_passed_over(books: Books) -> None:
    with books.today() as account:
        customer = account.create_customer()
        account.cards.attach(customer)
        account.discounts.give(customer, coupon(books, amount_off=500, currency="usd"))
        subscription = account.subscribe(customer, books.price())
    assert books.totals(subscription) == [4900]


def test_a_stranger_discount_cannot_be_kept(books: Books) -> None:
    other = running(books, books.price())
    theirs = books.account.ledger.get("customer", other["customer"])["discount"]["id"]
    subscription = books.subscribe(books.price())
    with pytest.raises(Refusal, match="No such discount"):
        books.update(subscription, discounts=[{"discount": theirs}])


def test_preview_without_discounts_inherits_none(books: Books) -> None:
    subscription = running(books, books.price())
    with books.today() as account:
        _, inherited = account.previews.upcoming(subscription, {})
        _, bare = account.previews.upcoming(subscription, {"discounts": None})
    assert (inherited["total"], bare["total"]) == (3920, 4900)
