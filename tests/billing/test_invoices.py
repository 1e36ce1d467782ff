"""Money paid so far, and why the newest payment was declined."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.stripe_billing import StripeBilling
from billing.translate.invoice import failed_payment
from domain.cancellations.stored_case import Paid
from domain.ids import SubscriptionId
from domain.money import Money
from flows.ports import FailedPayment
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


@pytest.mark.parametrize("inclusive", [True, False])
async def test_paid_invoices_with_tax_say_so(billing: StripeBilling, account: Account, inclusive: bool) -> None:
    customer = account.create_customer(email="dana@acme-mail.com")
    account.cards.attach(customer)
    rate = account.catalog.add_tax_rate(19, "DE", "VAT", identifier="txr_1", inclusive=inclusive)
    price = account.catalog.add_price(account.catalog.add_product("Pro"), 4900, "eur")
    subscription = account.subscribe(customer, price, items=[([], [rate])])
    gross = Money(4900 if inclusive else 5831, "eur")
    assert await paid(billing, subscription) == Paid(amount=gross, at_least=False, with_tax=True)


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
    assert await billing.failed_payment(subscription["latest_invoice"]) == FailedPayment(
        code="lost_card", method="card"
    )


async def test_a_returned_debit_is_told_with_its_method(
    billing: StripeBilling, account: Account, sandbox: Sandbox, subscription: Json
) -> None:
    customer = account.ledger.get("customer", subscription["customer"])
    account.cards.attach_sepa_debit(customer)
    account.fail_payments(customer, "debit_not_authorized")
    sandbox.clock.advance(timedelta(weeks=1, hours=2))
    failed = FailedPayment(code="debit_not_authorized", method="sepa_debit")
    assert await billing.failed_payment(subscription["latest_invoice"]) == failed
    payment = account.ledger.get("invoice", subscription["latest_invoice"])["payments"]["data"][0]["payment"]
    account.ledger.get("payment_intent", payment["payment_intent"])["last_payment_error"] = None
    assert await billing.failed_payment(subscription["latest_invoice"]) == failed


async def test_charge_has_the_decline_code(
    billing: StripeBilling, account: Account, sandbox: Sandbox, subscription: Json
) -> None:
    account.fail_payments(account.ledger.get("customer", subscription["customer"]), "expired_card")
    sandbox.clock.advance(timedelta(weeks=1, hours=2))
    payment = account.ledger.get("invoice", subscription["latest_invoice"])["payments"]["data"][0]["payment"]
    account.ledger.get("payment_intent", payment["payment_intent"])["last_payment_error"] = None
    assert await billing.failed_payment(subscription["latest_invoice"]) == FailedPayment(
        code="expired_card", method="card"
    )


async def test_a_payment_that_went_well_has_no_code(billing: StripeBilling, subscription: Json) -> None:
    assert await billing.failed_payment(subscription["latest_invoice"]) is None


def _failed(fault: Json | None, charge: Json | None = None) -> FailedPayment | None:
    intent = {"last_payment_error": fault, "latest_charge": charge}
    return failed_payment({"payment": {"type": "payment_intent", "payment_intent": intent}})


FAILED = {"status": "failed", "failure_code": "card_declined", "payment_method_details": {"type": "card"}}


@pytest.mark.parametrize(
    ("fault", "charge", "read"),
    [
        ({"code": "card_declined", "decline_code": "do_not_honor"}, None, ("do_not_honor", None)),
        (
            {"code": "debit_not_authorized", "decline_code": None, "payment_method": {"type": "sepa_debit"}},
            None,
            ("debit_not_authorized", "sepa_debit"),
        ),
        (
            {"code": "payment_method_provider_decline", "payment_method": {"type": "paypal"}},
            FAILED | {"outcome": {"type": "issuer_declined", "reason": "partner_high_risk_customer"}},
            ("partner_high_risk_customer", "paypal"),
        ),
        (
            {"code": "card_declined", "decline_code": "fraudulent"},
            FAILED | {"outcome": {"type": "blocked", "reason": "rule"}},
            ("rule", "card"),
        ),
        ({"code": "card_declined"}, FAILED | {"outcome": {"type": "issuer_declined"}}, ("card_declined", "card")),
        (None, FAILED | {"outcome": None, "payment_method_details": None}, ("card_declined", None)),
        (None, {"status": "succeeded", "outcome": {"reason": "elevated_risk_level"}}, None),
        (None, None, None),
    ],
)
def test_the_code_that_says_most_is_found(
    fault: Json | None, charge: Json | None, read: tuple[str, str] | None
) -> None:
    assert _failed(fault, charge) == (read and FailedPayment(code=read[0], method=read[1]))
