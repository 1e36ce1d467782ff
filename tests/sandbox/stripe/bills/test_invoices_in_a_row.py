"""Invoice after invoice: the ends of months, how long discounts last, and collection that pauses and restarts."""

import pytest

from sandbox.stripe.ledger import DAY, Json
from tests.sandbox.stripe.billed import Books, moment


def test_a_coupon_for_one_invoice_waits_for_one_that_is_paid(books: Books) -> None:
    """Stripe: Coupons, `once` on a trial is for the first invoice after it, and no void one uses it up."""
    books.account.catalog.add_coupon("ONCE", amount_off=1000, currency="eur")
    subscription = books.subscribe(
        books.price(), trial_end=books.now + 5 * DAY, coupons=[books.account.ledger.get("coupon", "ONCE")]
    )
    books.update(subscription, pause_collection={"behavior": "void", "resumes_at": books.now + 20 * DAY})
    books.wait("2034-04-01")
    assert [(each["status"], each["amount_due"]) for each in books.invoices(subscription)] == [
        ("paid", 0), ("void", 3900), ("paid", 3900), ("paid", 4900),
    ]  # fmt: skip
    assert subscription["discounts"] == []


def test_paused_collection_restarts_by_itself(books: Books) -> None:
    """Stripe: Pause payment collection, `resumes_at`."""
    subscription = books.subscribe(books.price())
    before = len(books.account.events)
    books.update(subscription, pause_collection={"behavior": "void", "resumes_at": moment("2034-04-01")})
    assert [event["type"] for event in books.account.events[before:]] == ["customer.subscription.updated"]
    books.wait("2034-04-20")
    assert [invoice["status"] for invoice in books.invoices(subscription)] == ["paid", "void", "void", "paid"]
    assert (subscription["pause_collection"], subscription["status"]) == (None, "active")
    books.update(subscription, pause_collection={"behavior": "keep_as_draft"})
    books.update(subscription, pause_collection=None)
    assert subscription["pause_collection"] is None


@pytest.mark.parametrize(
    ("joined", "due"),
    [
        ("2034-01-31", ["2034-01-31", "2034-02-28", "2034-03-31", "2034-04-30", "2034-05-31"]),
        ("2036-01-30", ["2036-01-30", "2036-02-29", "2036-03-30", "2036-04-30", "2036-05-30"]),
    ],
)  # fmt: skip
def test_invoices_at_the_ends_of_months(joined: str, due: list[str]) -> None:
    """Stripe: Set the billing cycle date."""
    books = Books(joined)
    subscription = books.subscribe(books.price())
    books.wait(moment(joined) + 125 * DAY)
    assert [invoice["created"] for invoice in books.invoices(subscription)] == [moment(day) for day in due]


@pytest.mark.parametrize(
    ("coupon", "totals"),
    [
        ({"percent_off": 25.0, "duration": "once"}, [4900, 3675, 4900, 4900, 4900, 4900]),
        (
            {"percent_off": 25.0, "duration": "repeating", "duration_in_months": 3},
            [4900, 3675, 3675, 3675, 4900, 4900],
        ),
        ({"percent_off": 25.0, "duration": "forever"}, [4900, 3675, 3675, 3675, 3675, 3675]),
        ({"percent_off": 100.0, "duration": "repeating", "duration_in_months": 2}, [4900, 0, 0, 4900, 4900, 4900]),
        ({"amount_off": 9000, "currency": "eur", "duration": "once"}, [4900, 0, 4900, 4900, 4900, 4900]),
    ],
)  # fmt: skip
def test_a_discount_lasts_its_months_from_its_start(books: Books, coupon: Json, totals: list[int]) -> None:
    """Stripe: Coupons, `duration_in_months` are counted from when it is applied."""
    books.account.catalog.add_coupon("OFFER", **coupon)
    subscription = books.subscribe(books.price())
    books.wait("2034-02-10")
    books.update(subscription, discounts=[{"coupon": "OFFER"}])
    books.wait("2034-06-20")
    assert books.totals(subscription) == totals
    assert {invoice["status"] for invoice in books.invoices(subscription)} == {"paid"}
