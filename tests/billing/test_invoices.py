"""Money paid so far, and why the newest payment was declined."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.stripe_billing import StripeBilling
from domain.cancellations.stored_case import Paid
from domain.ids import SubscriptionId
from domain.money import Money
from sandbox.server import Sandbox
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json


@pytest.fixture
def subscription(account: Account) -> Json:
    customer = account.create_customer(email="dana@acme-mail.com")
    account.cards.attach(customer)
    product = account.catalog.add_product("Pro")
    return account.subscribe(customer, account.catalog.add_price(product, 4900, "eur", interval="week"))


FOREVER = datetime.max.replace(tzinfo=UTC)


async def paid(billing: StripeBilling, subscription: Json, currency: str = "eur", *, until: datetime = FOREVER) -> Paid:
    return await billing.paid_so_far(SubscriptionId(subscription["id"]), currency=currency, until=until)


async def test_paid_invoices_are_added_up(billing: StripeBilling, sandbox: Sandbox, subscription: Json) -> None:
    sandbox.clock.advance(timedelta(weeks=2, hours=2))
    assert await paid(billing, subscription) == Paid(amount=Money(3 * 4900, "eur"), at_least=False)


async def test_what_was_paid_later_is_left_out(billing: StripeBilling, sandbox: Sandbox, subscription: Json) -> None:
    then = sandbox.clock.now()
    sandbox.clock.advance(timedelta(weeks=2, hours=2))
    assert (await paid(billing, subscription, until=then)).amount == Money(4900, "eur")


async def test_refunds_are_taken_off(billing: StripeBilling, account: Account, subscription: Json) -> None:
    (invoice,) = account.invoices.of(subscription, status="paid")
    account.refund(invoice, 1500)
    account.refund(invoice, 400)
    assert (await paid(billing, subscription)).amount == Money(3000, "eur")


async def test_refunds_of_another_subscription_are_not(
    billing: StripeBilling, account: Account, subscription: Json
) -> None:
    customer = account.ledger.get("customer", subscription["customer"])
    other = account.subscribe(customer, subscription["items"]["data"][0]["price"])
    account.refund(account.invoices.of(other, status="paid")[0])
    assert (await paid(billing, subscription)).amount == Money(4900, "eur")
    assert (await paid(billing, other)).amount == Money(0, "eur")


async def test_nothing_paid_is_zero(billing: StripeBilling, account: Account, subscription: Json) -> None:
    customer = account.ledger.get("customer", subscription["customer"])
    trial = account.subscribe(
        customer, subscription["items"]["data"][0]["price"], trial_end=account.ledger.now + 86_400
    )
    assert await paid(billing, trial) == Paid(amount=Money(0, "eur"), at_least=False)


async def test_another_currency_is_not_added(billing: StripeBilling, subscription: Json) -> None:
    assert (await paid(billing, subscription, "usd")).amount == Money(0, "usd")


async def test_beyond_a_hundred_invoices_it_is_at_least(
    billing: StripeBilling, sandbox: Sandbox, subscription: Json
) -> None:
    sandbox.clock.advance(timedelta(weeks=101, hours=2))
    assert await paid(billing, subscription) == Paid(amount=Money(100 * 4900, "eur"), at_least=True)


async def test_the_banks_own_code_is_told(
    billing: StripeBilling, account: Account, sandbox: Sandbox, subscription: Json
) -> None:
    account.fail_payments(account.ledger.get("customer", subscription["customer"]), "lost_card")
    sandbox.clock.advance(timedelta(weeks=1, hours=2))
    assert await billing.decline_code(subscription["latest_invoice"]) == "lost_card"


async def test_charge_has_the_decline_code(
    billing: StripeBilling, account: Account, sandbox: Sandbox, subscription: Json
) -> None:
    account.fail_payments(account.ledger.get("customer", subscription["customer"]), "expired_card")
    sandbox.clock.advance(timedelta(weeks=1, hours=2))
    payment = account.ledger.get("invoice", subscription["latest_invoice"])["payments"]["data"][0]["payment"]
    account.ledger.get("payment_intent", payment["payment_intent"])["last_payment_error"] = None
    assert await billing.decline_code(subscription["latest_invoice"]) == "expired_card"


async def test_a_payment_that_went_well_has_no_code(billing: StripeBilling, subscription: Json) -> None:
    assert await billing.decline_code(subscription["latest_invoice"]) is None
