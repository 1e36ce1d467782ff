"""What the bot reads about money: filters of lists, taxes, consent, one card of several customers, disputes."""

from collections import Counter
from typing import Any

import pytest
import stripe

from sandbox.seed import CUSTOMERS
from sandbox.stripe.account import Account


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"product": "prod_SeedStarter", "currency": "eur"}, {"price_SeedStarterEur", "price_SeedWeek"}),
        (
            {"product": "prod_SeedStarter", "currency": "eur", "recurring": {"interval": "month"}},
            {"price_SeedStarterEur"},
        ),
        ({"recurring": {"usage_type": "metered"}}, {"price_SeedCalls"}),
        ({"active": False}, {"price_SeedProOld"}),
        ({"type": "one_time"}, set()),
    ],
)
async def test_prices_are_filtered(reader: stripe.StripeClient, asked: Any, found: set[str]) -> None:
    listed = await reader.v1.prices.list_async(asked)
    assert {price.id for price in listed.data} == found


async def test_invoices_are_filtered_by_all_that_stripe_filters_by(reader: stripe.StripeClient) -> None:
    yara = CUSTOMERS["yara"]
    everything = (await reader.v1.invoices.list_async({"customer": yara.id, "limit": 100})).data
    first = (await reader.v1.invoices.list_async({"subscription": yara.subscription_id(), "limit": 100})).data
    second = (await reader.v1.invoices.list_async({"subscription": yara.subscription_id(2), "limit": 100})).data
    assert {invoice.id for invoice in everything} == {invoice.id for invoice in (*first, *second)}
    middle = first[3].created
    since = await reader.v1.invoices.list_async(
        {"customer": yara.id, "subscription": yara.subscription_id(), "status": "paid", "created": {"gte": middle}}
    )
    assert [invoice.id for invoice in since.data] == [invoice.id for invoice in first[:4]]
    assert (await reader.v1.invoices.list_async({"customer": yara.id, "status": "open"})).data == []


async def test_tax_stands_on_top_of_every_invoice(reader: stripe.StripeClient) -> None:
    """Stripe: Tax rates; exclusive, on what discounts have left."""
    for handle, subtotal, off, tax in (("greta", 4900, 0, 931), ("hugo", 49000, 9800, 7448)):
        listed = await reader.v1.invoices.list_async({"customer": CUSTOMERS[handle].id})
        for invoice in listed.data:
            [taxed] = invoice.total_taxes or []
            [line] = invoice.lines.data
            assert (invoice.subtotal, sum(each.amount for each in invoice.total_discount_amounts or [])) == (
                subtotal,
                off,
            )
            assert (
                (taxed.amount, taxed.taxable_amount)
                == (tax, subtotal - off)
                == ((line.taxes or [])[0].amount, invoice.total_excluding_tax)
            )
            assert invoice.amount_paid == invoice.total == subtotal - off + tax


async def test_charges_say_whether_they_are_disputed(reader: stripe.StripeClient) -> None:
    charges = await reader.v1.charges.list_async({"customer": CUSTOMERS["drew"].id})
    assert [charge.disputed for charge in charges.data] == [True, *[False] * (len(charges.data) - 1)]


async def test_a_dispute_is_found_and_lost(staff: stripe.StripeClient) -> None:
    [charge, *_] = (await staff.v1.charges.list_async({"customer": CUSTOMERS["drew"].id})).data
    [dispute] = (await staff.v1.disputes.list_async({"charge": charge.id})).data
    assert (dispute.status, dispute.amount, dispute.charge) == ("needs_response", charge.amount, charge.id)
    assert (await staff.v1.disputes.retrieve_async(dispute.id)).id == dispute.id
    assert (await staff.v1.disputes.close_async(dispute.id)).status == "lost"
    with pytest.raises(stripe.InvalidRequestError):
        await staff.v1.disputes.close_async(dispute.id)
    assert (await staff.v1.disputes.list_async({"payment_intent": "pi_unknown"})).data == []


async def test_a_detached_card_pays_nothing_any_more(staff: stripe.StripeClient, account: Account) -> None:
    dana = CUSTOMERS["dana"].id
    [card] = (await staff.v1.customers.payment_methods.list_async(dana, {"type": "card"})).data
    assert (await staff.v1.payment_methods.detach_async(card.id)).customer is None
    assert (await staff.v1.customers.payment_methods.list_async(dana)).data == []
    assert account.ledger.get("customer", dana)["invoice_settings"]["default_payment_method"] is None
    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        await staff.v1.payment_methods.detach_async(card.id)


async def test_one_card_of_three_customers_has_one_fingerprint(reader: stripe.StripeClient) -> None:
    prints = Counter[str | None]()
    for seeded in CUSTOMERS.values():
        if seeded.handle != "ugo":  # deleted
            cards = await reader.v1.payment_methods.list_async({"customer": seeded.id, "type": "card"})
            prints.update(card.card.fingerprint for card in cards.data if card.card)
    assert [many for _, many in prints.most_common(2)] == [3, 1]


async def test_consent_is_in_the_metadata_of_most_customers(account: Account) -> None:
    said = Counter(str(customer["metadata"]) for customer in account.ledger.objects["customer"].values())
    assert said.keys() == {"{'marketing_consent': 'yes'}", "{'soft_opt_in': 'yes'}", "{}"}
    assert said["{'marketing_consent': 'yes'}"] > sum(said.values()) / 2
    countries = {(customer["address"] or {}).get("country") for customer in account.ledger.objects["customer"].values()}
    assert {None, "CA", "DE", "GB", "US"} <= countries


@pytest.mark.parametrize(
    ("handle", "total"),
    [
        ("inga", 690_000),  # ISK 6,900
        ("okello", 9_000_000),  # half of UGX 180,000
        ("noor", 13_000),  # KWD 14.500 less 1.500
        ("saki", 10 * 1500 + 20 * 1200 + 700),
        ("zita", 4900),
        ("helga", 4900),
        ("ruben", 5831),
        ("toni", 4900),
        ("ulla", 4900),
        ("lars", 4900),
        ("edda", 89_000),
        ("dora", 100),
        ("anton", 4900 + 100 * sum(range(1, 12))),
    ],
)
async def test_amounts_that_are_easy_to_get_wrong_are_seeded(
    reader: stripe.StripeClient, handle: str, total: int
) -> None:
    newest = (await reader.v1.invoices.list_async({"customer": CUSTOMERS[handle].id, "limit": 1})).data[0]
    assert newest.total == total
