"""Time makes things due: renewals, trials, retries and ends, each event created at its own moment."""

from datetime import UTC, datetime, timedelta

import pytest
import stripe

from sandbox.seed import CUSTOMERS
from sandbox.server import Sandbox
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import DAY, Json
from sandbox.stripe.periods import period_end


def _day(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def _of(account: Account, handle: str) -> Json:
    return account.ledger.get("subscription", CUSTOMERS[handle].subscription_id())


def _happened(account: Account, handle: str, since: int) -> list[str]:
    customer = CUSTOMERS[handle].id
    return [
        event["type"]
        for event in account.events
        if event["created"] > since
        and customer in (event["data"]["object"].get("customer"), event["data"]["object"]["id"])
    ]


async def test_a_month_renews_and_is_paid(sandbox: Sandbox) -> None:
    account, dana = sandbox.stripe, _of(sandbox.stripe, "dana")
    due, now = dana["items"]["data"][0]["current_period_end"], account.ledger.now
    sandbox.clock.advance(timedelta(days=31))
    newest = account.invoices.of(dana)[-1]
    assert (newest["created"], newest["status"], newest["amount_paid"]) == (due, "paid", 4900)
    assert newest["period_end"] == due
    assert dana["latest_invoice"] == newest["id"]
    assert _happened(account, "dana", now) == [
        "invoice.created",
        "invoice.finalized",
        "customer.subscription.updated",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]


async def test_what_falls_due_happens_in_order(sandbox: Sandbox) -> None:
    before = len(sandbox.stripe.events)
    sandbox.clock.advance(timedelta(days=29))
    created = [event["created"] for event in sandbox.stripe.events[before:]]
    assert created
    assert created == sorted(created)


@pytest.mark.parametrize(
    ("start", "anchor_day", "end"),
    [("2026-01-31", 31, "2026-02-28"), ("2026-02-28", 31, "2026-03-31"), ("2028-01-30", 30, "2028-02-29")],
)
async def test_months_keep_the_anchors_day(start: str, anchor_day: int, end: str) -> None:
    """Stripe: Set the billing cycle date."""
    moments = [_day(start), _day(f"2026-01-{anchor_day}"), _day(end)]
    monthly = {"interval": "month", "interval_count": 1}
    assert period_end(moments[0], monthly, anchor=moments[1]) == moments[2]


async def test_failed_payments_end_it_after_the_last_attempt(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    """Stripe: Smart Retries; the account is set to cancel when all retries have failed."""
    account, dana = sandbox.stripe, _of(sandbox.stripe, "dana")
    account.fail_payments(account.ledger.get("customer", dana["customer"]), "lost_card")
    now, due = account.ledger.now, dana["items"]["data"][0]["current_period_end"]
    sandbox.clock.advance(timedelta(seconds=due - now + 60))
    assert dana["status"] == "past_due"
    sandbox.clock.advance(timedelta(days=16))
    assert (dana["status"], dana["cancellation_details"]["reason"]) == ("canceled", "payment_failed")
    assert dana["ended_at"] == due + (3 + 5 + 7) * DAY
    told = _happened(account, "dana", now)
    assert told.count("invoice.payment_failed") == 4
    assert told[-1] == "customer.subscription.deleted"
    invoice = await client.v1.invoices.retrieve_async(
        dana["latest_invoice"], {"expand": ["payments.data.payment.payment_intent"]}
    )
    assert invoice.payments is not None
    intent = invoice.payments.data[0].payment.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert intent.last_payment_error is not None
    assert (intent.last_payment_error.code, intent.last_payment_error.decline_code) == ("card_declined", "lost_card")
    assert (invoice.next_payment_attempt, invoice.attempt_count) == (None, 4)


async def test_a_retry_that_succeeds_makes_it_active_again(sandbox: Sandbox) -> None:
    account, nora = sandbox.stripe, _of(sandbox.stripe, "nora")
    customer = account.ledger.get("customer", nora["customer"])
    assert (nora["status"], customer["delinquent"]) == ("past_due", True)
    account.honour_payments(customer)
    sandbox.clock.advance(timedelta(days=5))
    assert (nora["status"], customer["delinquent"]) == ("active", False)


async def test_unpaid_instead_of_canceled(sandbox: Sandbox) -> None:
    account, nora = sandbox.stripe, _of(sandbox.stripe, "nora")
    account.engine.when_given_up = "unpaid"
    sandbox.clock.advance(timedelta(days=12))
    assert nora["status"] == "unpaid"


async def test_a_new_card_on_the_customer_does_not_help_a_subscription_with_its_own(sandbox: Sandbox) -> None:
    """Stripe: Subscription, `default_payment_method` takes precedence over the customer's."""
    account = sandbox.stripe
    customer = account.ledger.get("customer", CUSTOMERS["nora"].id)
    nora = _of(account, "nora")
    nora["default_payment_method"] = customer["invoice_settings"]["default_payment_method"]
    account.cards.attach(customer, last4="1881")
    sandbox.clock.advance(timedelta(days=5))
    assert nora["status"] == "past_due"


async def test_a_trial_without_a_card_ends_it(sandbox: Sandbox) -> None:
    """Stripe: Use free trial periods, `missing_payment_method=cancel`."""
    account, moe = sandbox.stripe, _of(sandbox.stripe, "moe")
    now = account.ledger.now
    sandbox.clock.advance(timedelta(days=11))
    assert (moe["status"], moe["ended_at"]) == ("canceled", moe["trial_end"])
    assert _happened(account, "moe", now) == ["customer.subscription.trial_will_end", "customer.subscription.deleted"]


async def test_a_trial_with_a_card_is_paid(sandbox: Sandbox) -> None:
    account, lea = sandbox.stripe, _of(sandbox.stripe, "lea")
    sandbox.clock.advance(timedelta(days=11))
    assert lea["status"] == "active"
    assert account.invoices.of(lea)[-1]["amount_paid"] == 4900


async def test_what_was_born_with_its_end_ends_then(sandbox: Sandbox) -> None:
    vera = _of(sandbox.stripe, "vera")
    sandbox.clock.advance(timedelta(days=76))
    assert (vera["status"], vera["ended_at"]) == ("canceled", vera["cancel_at"])


async def test_an_unconfirmed_first_payment_expires(sandbox: Sandbox) -> None:
    """Stripe: How subscriptions work, 23 hours."""
    rita = _of(sandbox.stripe, "rita")
    sandbox.clock.advance(timedelta(hours=24))
    assert rita["status"] == "incomplete_expired"


async def test_paused_collection_voids_and_starts_again(sandbox: Sandbox) -> None:
    """Stripe: Pause payment collection."""
    account, pia = sandbox.stripe, _of(sandbox.stripe, "pia")
    account.subscriptions.pause_collection(pia, "void", resumes_at=account.ledger.now + 35 * DAY)
    sandbox.clock.advance(timedelta(days=34))
    assert (account.invoices.of(pia)[-1]["status"], pia["status"]) == ("void", "active")
    sandbox.clock.advance(timedelta(days=31))
    assert pia["pause_collection"] is None
    assert account.invoices.of(pia)[-1]["status"] == "paid"


async def test_a_paused_subscription_bills_nothing(sandbox: Sandbox) -> None:
    """Stripe: Pause subscriptions."""
    account, quin = sandbox.stripe, _of(sandbox.stripe, "quin")
    before = len(account.invoices.of(quin))
    sandbox.clock.advance(timedelta(days=70))
    assert (quin["status"], len(account.invoices.of(quin))) == ("paused", before)


async def test_discounts_run_out(sandbox: Sandbox) -> None:
    account = sandbox.stripe
    olga, rhea, fay = (_of(account, handle) for handle in ("olga", "rhea", "fay"))
    sandbox.clock.advance(timedelta(days=31))
    assert [account.invoices.of(each)[-1]["total"] for each in (olga, rhea, fay)] == [4400, 3675, 3920]
    sandbox.clock.advance(timedelta(days=155))
    assert [account.invoices.of(each)[-1]["total"] for each in (olga, rhea, fay)] == [4900, 4900, 3920]
    assert [len(each["discounts"]) for each in (olga, rhea, fay)] == [0, 0, 1]


async def test_tiers_packages_and_usage_are_billed(account: Account) -> None:
    """Stripe: Pricing models; 70 = 10 × $10 + 40 × $8 + 20 × $5, 250 credits are 3 packages."""
    billed = {
        handle: account.invoices.of(_of(account, handle))[-1]["total"]
        for handle in ("ivan", "jana", "kai", "gus", "cleo", "erin", "khalid", "yuki")
    }
    assert billed == {
        "ivan": 52000,
        "jana": 240 * 30 + 2000,
        "kai": 3 * 1500,
        "gus": 8400,
        "cleo": 5000,
        "erin": 30000,
        "khalid": 14500,
        "yuki": 6900,
    }
