"""Taxes within prices and on top of them, by hand and by Stripe Tax."""

import pytest
import stripe

from sandbox.stripe.account import Account
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json
from tests.sandbox.stripe.billed import Books, renewal


def taxed(invoice: Json) -> tuple[int, int, list[tuple[int, str]]]:
    """Return an invoice's total, its total without tax, and its taxes."""
    taxes = [(each["amount"], each["tax_behavior"]) for each in invoice["total_taxes"]]
    return invoice["total"], invoice["total_excluding_tax"], taxes


@pytest.mark.parametrize(
    ("inclusive", "expected"), [(True, (4900, 4118, [(782, "inclusive")])), (False, (5831, 4900, [(931, "exclusive")]))]
)
def test_manual_rate(books: Books, *, inclusive: bool, expected: tuple[int, int, list[tuple[int, str]]]) -> None:
    with books.today() as account:
        rate = account.catalog.add_tax_rate(19, "DE", "VAT", identifier="txr_1", inclusive=inclusive)
    subscription = books.subscribe(books.price(), tax_rates=[rate])
    assert taxed(books.invoices(subscription)[0]) == expected


def test_an_items_rates_go_before_the_subscriptions(books: Books) -> None:
    with books.today() as account:
        full = account.catalog.add_tax_rate(19, "DE", "VAT", identifier="txr_1")
        reduced = account.catalog.add_tax_rate(7, "DE", "VAT", identifier="txr_2", inclusive=True)
    books_price = books.price(1070, product="Books")
    subscription = books.subscribe(books.price(), books_price, tax_rates=[full], items=[((), ()), ((), [reduced])])
    assert taxed(books.invoices(subscription)[0]) == (6901, 5900, [(931, "exclusive"), (70, "inclusive")])


@pytest.mark.parametrize(
    ("currency", "behavior", "default", "expected"),
    [
        ("eur", "inclusive", "exclusive", "inclusive"),
        ("eur", "exclusive", "inclusive", "exclusive"),
        ("eur", "unspecified", "inferred_by_currency", "inclusive"),
        ("usd", "unspecified", "inferred_by_currency", "exclusive"),
        ("usd", "unspecified", "inclusive", "inclusive"),
    ],
)
def test_automatic_tax_goes_by_the_price(
    books: Books, currency: str, behavior: str, default: str, expected: str
) -> None:
    books.account.ledger.tax_settings["defaults"]["tax_behavior"] = default
    subscription = books.subscribe(books.price(currency=currency, tax_behavior=behavior), automatic_tax=True)
    invoice = books.invoices(subscription)[0]
    assert [each["tax_behavior"] for each in invoice["total_taxes"]] == [expected]
    assert invoice["total"] == (4900 if expected == "inclusive" else 5831)
    assert invoice["automatic_tax"]["status"] == "complete"


def test_a_currency_option_has_a_behavior_of_its_own(books: Books) -> None:
    price = books.price(
        currency="usd", tax_behavior="exclusive",
        currency_options={"eur": {"unit_amount": 4500, "tax_behavior": "inclusive"}},
    )  # fmt: skip
    subscription = books.subscribe(price, automatic_tax=True, currency="eur")
    assert taxed(books.invoices(subscription)[0]) == (4500, 3782, [(718, "inclusive")])


@pytest.mark.parametrize(("exempt", "reason"), [("reverse", "reverse_charge"), ("exempt", "customer_exempt")])
def test_whoever_is_exempt_pays_the_price_whole(books: Books, exempt: str, reason: str) -> None:
    subscription = books.subscribe(books.price(tax_behavior="inclusive"), automatic_tax=True)
    customer = books.account.ledger.get("customer", subscription["customer"])
    customer["tax_exempt"] = exempt
    books.wait(renewal(subscription))
    invoice = books.invoices(subscription)[-1]
    assert taxed(invoice) == (4900, 4900, [(0, "inclusive")])
    assert invoice["total_taxes"][0]["taxability_reason"] == reason


def test_no_address_no_automatic_tax(books: Books) -> None:
    price = books.price()
    with books.today() as account:
        nowhere = account.create_customer()
        account.cards.attach(nowhere)
        with pytest.raises(Refusal, match="location isn't recognized") as refused:
            account.subscribe(nowhere, price, automatic_tax=True)
        running = account.subscribe(nowhere, price)
        with pytest.raises(Refusal, match="location isn't recognized"):
            account.subscriptions.update(running, {"automatic_tax": {"enabled": True}})
    assert refused.value.error["code"] == "customer_tax_location_invalid"


async def test_tax_settings(client: stripe.StripeClient, account: Account) -> None:
    settings = await client.v1.tax.settings.retrieve_async()
    assert settings.defaults.tax_behavior == "inferred_by_currency"
