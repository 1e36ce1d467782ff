"""Invoices that are sent, schedules that lead, and trials counted in days."""

import pytest
import stripe

from sandbox.stripe.account import Account
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import DAY
from tests.sandbox.stripe.billed import Books, renewal


def test_a_sent_invoice_stays_open_until_it_is_due(books: Books) -> None:
    subscription = books.subscribe(books.price(), collection_method="send_invoice", days_until_due=14)
    [invoice] = books.invoices(subscription)
    assert (invoice["status"], invoice["due_date"] - invoice["created"]) == ("open", 14 * DAY)
    assert (subscription["status"], books.account.ledger.all("charge")) == ("active", [])
    books.wait(invoice["due_date"])
    assert (invoice["status"], subscription["status"]) == ("paid", "active")


def test_a_sent_invoice_that_is_not_paid(books: Books) -> None:
    subscription = books.subscribe(books.price(), collection_method="send_invoice", days_until_due=14)
    customer = books.account.ledger.get("customer", subscription["customer"])
    books.account.fail_payments(customer)
    books.wait(renewal(subscription))
    assert subscription["status"] == "past_due"
    assert [each["status"] for each in books.invoices(subscription)] == ["open", "open"]
    with books.today() as account:
        account.honour_payments(customer)
    assert subscription["status"] == "active"


def test_a_due_date_is_needed(books: Books) -> None:
    subscription = books.subscribe(books.price())
    with pytest.raises(Refusal, match="days_until_due"):
        books.update(subscription, collection_method="send_invoice")
    books.update(subscription, collection_method="send_invoice", days_until_due=7)
    assert subscription["days_until_due"] == 7


@pytest.mark.parametrize("changes", [{"cancel_at_period_end": False}, {"cancel_at": None}, {"items": []}])
def test_a_schedule_leads(books: Books, changes: dict[str, object]) -> None:
    subscription = books.subscribe(books.price())
    with books.today() as account:
        account.schedule(subscription, ends_at=books.now + 90 * DAY)
    with pytest.raises(Refusal, match="managed by the subscription schedule"):
        books.update(subscription, **changes)
    books.update(subscription, metadata={"kept": "yes"})
    assert (subscription["canceled_at"], subscription["cancellation_details"]["reason"]) == (None, None)
    books.wait(books.now + 90 * DAY)
    assert subscription["status"] == "canceled"


def test_never_confirmed_is_incomplete_expired(books: Books) -> None:
    subscription = books.subscribe(books.price(), incomplete=True)
    books.wait(books.now + 23 * 3600)
    assert subscription["status"] == "incomplete_expired"


async def test_trial_in_days(account: Account, staff: stripe.StripeClient) -> None:
    price = account.catalog.add_price(account.catalog.add_product("Pro"), 4900, "eur")
    customer = account.create_customer()
    made = await staff.v1.subscriptions.create_async(
        {"customer": customer["id"], "items": [{"price": price["id"]}], "trial_period_days": 14}
    )
    assert (made.status, made.trial_end) == ("trialing", made.start_date + 14 * DAY)
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        await staff.v1.subscriptions.create_async(
            {
                "customer": customer["id"],
                "items": [{"price": price["id"]}],
                "trial_period_days": 14,
                "trial_end": account.ledger.now + DAY,
            }
        )


async def test_search_takes_single_quotes(reader: stripe.StripeClient) -> None:
    found = await reader.v1.customers.search_async({"query": "email:'dana@acme-mail.com'"})
    assert [each.id for each in found.data] == ["cus_SeedDana"]
