"""One update changes discounts, end, items, trial and collection together, or nothing at all."""

import copy
from datetime import timedelta
from typing import Any

import pytest
import stripe

from sandbox.seed import CUSTOMERS
from sandbox.stripe.account import Account
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import DAY
from tests.sandbox.stripe.billed import Books, item_id, moment, renewal

HALF = moment("2034-01-30T21:30")  # half of the period from 15 January 09:30 to 15 February 09:30


def happened(books: Books, before: int) -> list[str]:
    return [event["type"] for event in books.account.events[before:]]


async def test_taking_back_and_discounting_is_one_update(account: Account, client: stripe.StripeClient) -> None:
    """Stripe: Update a subscription; what ran is kept by its id, and the event tells both."""
    fay = CUSTOMERS["fay"].subscription_id()
    subscription = account.ledger.get("subscription", fay)
    account.portal_cancel(subscription, "too_expensive")
    [running] = subscription["discounts"]
    before = len(account.events)
    changed = await client.v1.subscriptions.update_async(
        fay, {"cancel_at": "", "discounts": [{"discount": running}, {"coupon": "SPRING"}]}
    )
    assert (changed.cancel_at, changed.canceled_at, len(changed.discounts)) == (None, None, 2)
    assert changed.discounts[0] == running
    created, updated = account.events[before:]
    assert (created["type"], created["data"]["object"]["source"]["coupon"]) == ("customer.discount.created", "SPRING")
    assert updated["type"] == "customer.subscription.updated"
    assert updated["data"]["previous_attributes"].keys() == {
        "cancel_at", "canceled_at", "cancellation_details", "discounts",
    }  # fmt: skip
    assert updated["data"]["previous_attributes"]["discounts"] == [running]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"discounts": [{"coupon": "NOBODY"}]}, "No such coupon: 'NOBODY'"),
        ({"discounts": [{"coupon": "USED"}]}, "Coupon expired: USED"),
        ({"discounts": [{"coupon": "DOLLARS"}]}, "only applies to usd, not eur"),
        ({"discounts": [{"coupon": "GOOD"}, {"discount": "di_else"}]}, "No such discount: 'di_else'"),
        ({"discounts": [{"coupon": "GOOD", "discount": "di_else"}]}, "exactly one of coupon, discount or promotion"),
        ({"discounts": [{}]}, "exactly one of coupon, discount or promotion_code"),
        ({"discounts": [{"promotion_code": "promo_nobody"}]}, "No such promotion code"),
        ({"items": [{"id": "si_nobody"}]}, "No such subscription item: 'si_nobody'"),
        ({"items": [{"id": "ITEM", "price": "price_nobody"}]}, "No such price"),
        ({"items": [{"id": "ITEM", "price": "price_old"}]}, "The price specified is inactive"),
        ({"items": [{"id": "ITEM", "price": "price_usd"}]}, "The price specified only supports `usd`"),
        ({"items": [{"price": "price_pro"}]}, "already using that Price"),
        ({"items": [{"quantity": 2}]}, r"Missing required param: items\[0\]\[price\]"),
        ({"trial_end": moment("2034-01-01")}, "trial_end must be in the future"),
        ({"trial_end": moment("2036-02-01")}, "two years ahead at most"),
        ({"cancel_at": moment("2034-01-01")}, "cancel_at must be in the future"),
        ({"cancel_at": None, "cancel_at_period_end": False}, "Received both cancel_at_period_end and cancel_at"),
        ({"pause_collection": {"behavior": "void", "resumes_at": 5}}, "resumes_at must be in the future"),
        ({"default_payment_method": "pm_nobody"}, "No such payment method"),
        ({"default_tax_rates": ["txr_nobody"]}, "No such tax rate"),
    ],
)  # fmt: skip
def test_a_refused_update_changes_nothing(books: Books, asked: dict[str, Any], says: str) -> None:
    price = books.price(identifier="price_pro")
    books.price(1000, "usd", identifier="price_usd")
    books.price(1000, identifier="price_old")["active"] = False
    coupons = books.account.catalog
    coupons.add_coupon("GOOD", percent_off=20)
    coupons.add_coupon("USED", percent_off=20, max_redemptions=1)
    coupons.add_coupon("DOLLARS", amount_off=500, currency="usd")
    subscription = books.subscribe(price, coupons=[books.account.ledger.get("coupon", "USED")])
    if "items" in asked:
        own = {"ITEM": item_id(subscription)}
        asked |= {"items": [{key: own.get(value, value) for key, value in each.items()} for each in asked["items"]]}
    before, events = copy.deepcopy(books.account.ledger.objects), len(books.account.events)
    with pytest.raises(Refusal, match=says):
        books.update(subscription, metadata={"seen": "yes"}, **asked)
    assert books.account.ledger.objects == before
    assert happened(books, events) == []


def test_what_has_ended_takes_metadata_and_details_only(books: Books) -> None:
    """Stripe: error code `invalid_canceled_subscription_fields`."""
    subscription = books.subscribe(books.price())
    with books.today() as account:
        account.cancel_now(subscription)
    books.update(subscription, metadata={"offer": "1"}, cancellation_details={"feedback": "unused"})
    assert (subscription["metadata"], subscription["cancellation_details"]["feedback"]) == ({"offer": "1"}, "unused")
    with pytest.raises(Refusal, match="can only update its cancellation_details and metadata") as refused:
        books.update(subscription, discounts=[{"coupon": "GOOD"}])
    assert refused.value.error["code"] == "invalid_canceled_subscription_fields"


def test_without_proration_the_new_price_holds_from_the_next_invoice_on(books: Books) -> None:
    lighter = books.price(900, product="Starter")
    subscription = books.subscribe((books.price(), 3))
    books.wait(HALF)
    books.update(subscription, items=[{"id": item_id(subscription), "price": lighter["id"]}], proration_behavior="none")
    [item] = subscription["items"]["data"]
    assert (item["price"]["id"], item["quantity"]) == (lighter["id"], 1)  # Stripe: a new price makes it 1
    assert renewal(subscription) == moment("2034-02-15T09:30")
    books.wait("2034-03-16")
    assert books.totals(subscription) == [3 * 4900, 900, 900]


@pytest.mark.parametrize(
    ("behavior", "totals", "lines"),
    [
        ("create_prorations", [4900, 900 - 2450 + 450], [-2450, 450, 900]),
        ("always_invoice", [4900, -2450 + 450, 900], [-2450, 450]),
    ],
)  # fmt: skip
def test_with_proration_the_rest_of_the_period_is_given_back_and_charged(
    books: Books, behavior: str, totals: list[int], lines: list[int]
) -> None:
    """Stripe: Prorations, `create_prorations` waits for the next invoice, `always_invoice` makes one."""
    lighter = books.price(900, product="Starter")
    subscription = books.subscribe(books.price())
    books.wait(HALF)
    books.update(
        subscription, items=[{"id": item_id(subscription), "price": lighter["id"]}], proration_behavior=behavior
    )
    books.wait("2034-02-16")
    assert books.totals(subscription) == totals
    assert [line["amount"] for line in books.invoices(subscription)[1]["lines"]["data"]] == lines


def test_what_was_given_back_is_used_up_by_the_next_invoices(books: Books) -> None:
    """Stripe: Customer credit balance; nothing is paid out."""
    lighter = books.price(900, product="Starter")
    subscription = books.subscribe(books.price())
    books.wait(HALF)
    books.update(
        subscription, items=[{"id": item_id(subscription), "price": lighter["id"]}], proration_behavior="always_invoice"
    )
    customer = books.account.ledger.get("customer", subscription["customer"])
    assert customer["balance"] == -2000
    books.wait("2034-04-16")
    assert [invoice["amount_due"] for invoice in books.invoices(subscription)] == [4900, 0, 0, 0, 700]
    assert (customer["balance"], {invoice["status"] for invoice in books.invoices(subscription)}) == (0, {"paid"})


def test_another_interval_begins_a_period_at_once(books: Books) -> None:
    yearly = books.price(49000, interval="year", product="Yearly")
    subscription = books.subscribe(books.price())
    books.wait(HALF)
    books.update(subscription, items=[{"id": item_id(subscription), "price": yearly["id"]}], proration_behavior="none")
    assert books.totals(subscription) == [4900, 49000]
    assert renewal(subscription) == moment("2035-01-30T21:30")


def test_an_item_without_its_id_is_one_more(books: Books) -> None:
    """Stripe: Update a subscription, `items`: without `id` an item is added, not replaced."""
    seat = books.price(500, product="Seat")
    subscription = books.subscribe(books.price())
    books.update(subscription, items=[{"price": seat["id"], "quantity": 2}], proration_behavior="none")
    books.wait("2034-02-16")
    added = subscription["items"]["data"][1]
    books.update(subscription, items=[{"id": added["id"], "deleted": True}], proration_behavior="none")
    books.wait("2034-03-16")
    assert books.totals(subscription) == [4900, 5900, 4900]


def test_a_trial_is_made_longer_and_its_reminder_comes_again(books: Books) -> None:
    """Stripe: Use free trial periods; the billing cycle begins when the trial ends."""
    subscription = books.subscribe(books.price(), trial_end=books.now + 10 * DAY)
    books.wait(books.now + 8 * DAY)
    longer = books.now + 20 * DAY
    books.update(subscription, trial_end=longer)
    assert (subscription["status"], renewal(subscription)) == ("trialing", longer)
    before = len(books.invoices(subscription))
    books.wait(longer - DAY)
    assert len(books.invoices(subscription)) == before
    books.wait(longer)
    assert (subscription["status"], subscription["billing_cycle_anchor"]) == ("active", longer)
    assert books.totals(subscription) == [0, 4900]


@pytest.mark.parametrize(("trialing", "totals"), [(True, [0, 4900]), (False, [4900])])
def test_a_trial_ends_now(books: Books, trialing: bool, totals: list[int]) -> None:
    subscription = books.subscribe(books.price(), trial_end=books.now + 10 * DAY if trialing else None)
    books.wait(books.now + DAY)
    books.update(subscription, trial_end="now")
    assert (subscription["status"], books.totals(subscription)) == ("active", totals)


def test_a_trial_for_who_pays_already_is_free_and_moves_the_cycle(books: Books) -> None:
    subscription = books.subscribe(books.price())
    until = books.now + 40 * DAY
    books.update(subscription, trial_end=until, proration_behavior="none")
    assert (subscription["status"], subscription["trial_start"]) == ("trialing", books.now)
    books.wait(until)
    assert (subscription["status"], books.totals(subscription)) == ("active", [4900, 0, 4900])


def test_a_reset_of_the_cycle_bills_all_items_together(books: Books) -> None:
    """Stripe: Billing cycle, "Reset the billing cycle"."""
    account = books.account
    customer = account.create_customer(email="dana@acme-mail.com")
    account.cards.attach(customer)
    prices = [
        account.catalog.add_price(account.catalog.add_product("Pro"), 4900, "eur", interval=interval)
        for interval in ("month", "year")
    ]
    made = account.subscribe(customer, *prices)
    account.clock.advance(timedelta(days=10))
    account.subscriptions.update(made, {"billing_cycle_anchor": {"type": "now"}, "proration_behavior": "none"})
    newest = account.invoices.of(made)[-1]
    assert [line["amount"] for line in newest["lines"]["data"]] == [4900, 4900]
    now = account.ledger.now
    assert {item["current_period_start"] for item in made["items"]["data"]} == {made["billing_cycle_anchor"]} == {now}


def test_no_reset_of_the_cycle_during_a_trial(books: Books) -> None:
    account = books.account
    price = account.catalog.add_price(account.catalog.add_product("Pro"), 4900, "eur")
    customer = account.create_customer(email="dana@acme-mail.com")
    made = account.subscribe(customer, price, trial_end=account.ledger.now + 7 * DAY)
    with pytest.raises(Refusal, match="while a trial runs"):
        account.subscriptions.update(made, {"billing_cycle_anchor": {"type": "now"}})
