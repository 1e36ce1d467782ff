"""Invoices paid since a moment: what the company kept of each, without tax."""

from datetime import datetime, timedelta

import pytest

from domain.ids import SubscriptionId
from domain.money import Money
from flows.ports import PaidInvoice
from sandbox.server import Sandbox
from sandbox.stripe.ledger import Json
from tests.billing.shop import Shop


@pytest.fixture(scope="module")
def vat(empty_sandbox: Sandbox) -> Json:
    return empty_sandbox.stripe.catalog.add_tax_rate(19, "DE", "USt", identifier="txr_de")


async def paid(shop: Shop, subscription: Json, since: datetime) -> tuple[PaidInvoice, ...]:
    return await shop.billing.paid_invoices(SubscriptionId(subscription["id"]), since=since)


async def test_paid_invoices_are_net(shop: Shop, sandbox: Sandbox, vat: Json) -> None:
    coupon = shop.account.catalog.add_coupon("ONCE20", percent_off=20, duration="once")
    since = sandbox.clock.now().replace(microsecond=0)
    made = shop.account.subscribe(shop.customer(), shop.pro, coupons=[coupon], tax_rates=[vat])
    sandbox.clock.advance(timedelta(days=32))
    found = await paid(shop, made, since)
    assert [each.net for each in found] == [Money(3920, "eur"), Money(4900, "eur")]
    assert [each.id for each in found] == [each["id"] for each in shop.account.invoices.of(made)]
    assert timedelta(days=27) < found[1].paid_at - found[0].paid_at < timedelta(days=32)


async def test_what_was_paid_before_is_left_out(shop: Shop, sandbox: Sandbox) -> None:
    made = shop.account.subscribe(shop.customer(), shop.pro)
    sandbox.clock.advance(timedelta(days=1))
    since = sandbox.clock.now()
    assert await paid(shop, made, since) == ()
    sandbox.clock.advance(timedelta(days=31))
    assert [each.net for each in await paid(shop, made, since)] == [Money(4900, "eur")]


async def test_an_older_invoice_counts_when_it_was_paid(shop: Shop, sandbox: Sandbox) -> None:
    customer = shop.customer()
    made = shop.account.subscribe(customer, shop.pro)
    shop.account.fail_payments(customer)
    sandbox.clock.advance(timedelta(days=32))
    since = sandbox.clock.now()
    shop.account.honour_payments(customer)
    sandbox.clock.advance(timedelta(days=8))
    (found,) = await paid(shop, made, since)
    assert found.paid_at > since
    assert found.id == shop.account.invoices.of(made)[1]["id"]


async def test_refund_is_subtracted_without_tax(shop: Shop, sandbox: Sandbox, vat: Json) -> None:
    since = sandbox.clock.now().replace(microsecond=0)
    made = shop.account.subscribe(shop.customer(), shop.pro, tax_rates=[vat])
    other = shop.account.subscribe(shop.customer(), shop.pro)
    shop.account.refund(shop.account.invoices.of(made)[0], 1190)
    assert [each.net for each in await paid(shop, made, since)] == [Money(3900, "eur")]
    assert [each.net for each in await paid(shop, other, since)] == [Money(4900, "eur")]
    shop.account.refund(shop.account.invoices.of(other)[0])
    assert await paid(shop, other, since) == ()


async def test_credit_note_counts_as_refund(shop: Shop, sandbox: Sandbox) -> None:
    since = sandbox.clock.now().replace(microsecond=0)
    made = shop.account.subscribe(shop.customer(), shop.pro)
    (invoice,) = shop.account.invoices.of(made)
    shop.account.refund(invoice, 900)
    invoice["post_payment_credit_notes_amount"] = 900
    assert [each.net for each in await paid(shop, made, since)] == [Money(4000, "eur")]
    invoice["post_payment_credit_notes_amount"] = 1900
    assert [each.net for each in await paid(shop, made, since)] == [Money(3000, "eur")]


async def test_what_was_free_is_no_payment(shop: Shop, sandbox: Sandbox) -> None:
    free = shop.account.catalog.add_coupon("FREE", percent_off=100, duration="once")
    since = sandbox.clock.now().replace(microsecond=0)
    assert await paid(shop, shop.account.subscribe(shop.customer(), shop.pro, coupons=[free]), since) == ()
    trial = shop.account.subscribe(shop.customer(), shop.pro, trial_end=shop.account.ledger.now + 86_400)
    assert await paid(shop, trial, since) == ()
