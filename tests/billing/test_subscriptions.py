"""Subscriptions as domain values, read alone and listed: the same value, whatever Stripe expands on the way."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.stripe_billing import StripeBilling
from domain.billing.subscription import Cancellation, Card, Subscription, Tier
from domain.ids import CustomerId, SubscriptionId
from domain.money import Money
from flows.ports import CancelledSubscriptions
from sandbox.server import Sandbox
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import DAY, Json


@pytest.fixture(scope="module")
def product(empty_sandbox: Sandbox) -> Json:
    return empty_sandbox.stripe.catalog.add_product("Acme Pro")


@pytest.fixture(scope="module")
def monthly(empty_sandbox: Sandbox, product: Json) -> Json:
    return empty_sandbox.stripe.catalog.add_price(product, 4900, "eur", nickname="Pro monthly")


def customer_of(account: Account, **details: Any) -> Json:
    customer = account.create_customer(email="dana@acme-mail.com", **details)
    account.cards.attach(customer, last4="4242")
    return customer


async def read(billing: StripeBilling, made: Json) -> Subscription:
    """Read a subscription alone and from its customer's list, which must agree."""
    alone = (await billing.read_subscription(SubscriptionId(made["id"]))).subscription
    (listed,) = await billing.subscriptions_of(CustomerId(made["customer"]))
    assert alone == listed
    return alone


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


async def test_subscription_has_customer_and_plan(billing: StripeBilling, account: Account, monthly: Json) -> None:
    made = account.subscribe(customer_of(account, name="Dana", country="DE"), (monthly, 3))
    reading = await billing.read_subscription(SubscriptionId(made["id"]))
    assert (reading.customer.name, reading.customer.country) == ("Dana", "DE")
    fingerprint = f"fp4242{made['customer'][-10:]}"
    assert reading.customer.card == Card(
        brand="visa", last4="4242", exp_month=8, exp_year=2031, fingerprint=fingerprint
    )
    found = await read(billing, made)
    assert (found.status, found.currency, found.livemode) == ("active", "eur", False)
    assert found.customer_id == made["customer"]
    assert (found.created_at, found.started_at) == (at(made["created"]), at(made["start_date"]))
    assert found.latest_invoice_id == made["latest_invoice"]
    (item,) = found.items
    assert item.quantity == 3
    assert found.period_end_at == at(made["items"]["data"][0]["current_period_end"])
    assert (item.price.product_name, item.price.nickname) == ("Acme Pro", "Pro monthly")
    assert (item.price.unit_amount, item.price.interval, item.price.interval_count) == (Decimal(4900), "month", 1)


async def test_the_moment_of_a_read_is_stripes_own_date(
    billing: StripeBilling, account: Account, sandbox: Sandbox, monthly: Json
) -> None:
    made = account.subscribe(customer_of(account), monthly)
    sandbox.clock.advance(timedelta(hours=3))
    before = sandbox.clock.now().replace(microsecond=0)
    reading = await billing.read_subscription(SubscriptionId(made["id"]))
    assert before <= reading.read_at <= sandbox.clock.now()
    assert reading.read_at.microsecond == 0


async def test_a_read_is_one_call(billing: StripeBilling, account: Account, monthly: Json, product: Json) -> None:
    tiered = account.catalog.add_price(product, None, "eur", tiers_mode="volume", tiers=[(None, 100, None)])
    coupon = account.catalog.add_coupon("ONECALL", percent_off=5, duration="forever")
    made = account.subscribe(customer_of(account), monthly, tiered, coupons=[coupon])
    routes: list[str] = []
    account.observers.append(lambda exchange: routes.append(exchange.route))
    await billing.read_subscription(SubscriptionId(made["id"]))
    account.observers.pop()
    assert routes == ["/v1/subscriptions/{id}"]


async def test_tiers_and_fractions_stay_exact(billing: StripeBilling, account: Account, product: Json) -> None:
    add = account.catalog.add_price
    graduated = add(product, None, "eur", tiers_mode="graduated", tiers=[(10, 500, None), (None, 300, 1000)])
    packs = add(product, 900, "eur", transform_quantity={"divide_by": 10, "round": "up"})
    fraction = add(product, Decimal("0.25"), "eur", usage_type="metered")
    made = account.subscribe(customer_of(account), (graduated, 12), (packs, 25), fraction, usage=3)
    first, second, third = (item.price for item in (await read(billing, made)).items)
    assert first.unit_amount is None
    assert first.tiers_mode == "graduated"
    assert first.tiers == (
        Tier(up_to=10, unit_amount=Decimal(500), flat_amount=None),
        Tier(up_to=None, unit_amount=Decimal(300), flat_amount=Decimal(1000)),
    )
    assert (second.divide_by, second.round_up) == (10, True)
    assert (third.unit_amount, third.metered) == (Decimal("0.25"), True)
    assert (await read(billing, made)).items[2].quantity is None


async def test_discounts_keep_their_terms_exactly(
    billing: StripeBilling, account: Account, monthly: Json, product: Json
) -> None:
    percent = account.catalog.add_coupon("EIGHTH", percent_off=12.5, duration="forever")
    amount = account.catalog.add_coupon(
        "FIVE", amount_off=500, currency="eur", duration="repeating", duration_in_months=3
    )
    amount["applies_to"] = {"products": [product["id"]]}
    made = account.subscribe(customer_of(account), monthly, coupons=[percent, amount])
    first, second = (await read(billing, made)).discounts
    assert (first.coupon_id, first.percent_off, first.amount_off) == ("EIGHTH", Decimal("12.5"), None)
    assert (first.duration, first.ends_at, first.product_ids) == ("forever", None, None)
    assert (second.percent_off, second.amount_off) == (None, Money(500, "eur"))
    assert second.product_ids == frozenset({product["id"]})
    assert second.ends_at is not None
    assert second.ends_at > second.starts_at == at(made["created"])


async def test_item_discount_is_read(billing: StripeBilling, account: Account, monthly: Json) -> None:
    """Stripe expands four levels; `items.data.discounts.source.coupon` would be five."""
    coupon = account.catalog.add_coupon("ITEM20", percent_off=20, duration="forever")
    made = account.subscribe(customer_of(account), monthly, coupons=[coupon])
    made["items"]["data"][0]["discounts"], made["discounts"] = made["discounts"], []
    found = await read(billing, made)
    assert found.discounts == ()
    assert [(each.coupon_id, each.percent_off) for each in found.items[0].discounts] == [("ITEM20", Decimal(20))]


async def test_terms_of_a_deleted_coupon_are_unknown(billing: StripeBilling, account: Account, monthly: Json) -> None:
    coupon = account.catalog.add_coupon("DELETED", percent_off=20, duration="forever")
    made = account.subscribe(customer_of(account), monthly, coupons=[coupon])
    made["items"]["data"][0]["discounts"], made["discounts"] = made["discounts"], []
    del account.ledger.objects["coupon"]["DELETED"]
    (left,) = (await read(billing, made)).items[0].discounts
    assert (left.coupon_id, left.duration, left.percent_off, left.amount_off) == ("DELETED", "unknown", None, None)


@pytest.mark.parametrize("flexible", [True, False])
async def test_portal_cancellation_has_its_reason(
    flexible: bool, billing: StripeBilling, account: Account, monthly: Json
) -> None:
    made = account.subscribe(customer_of(account), monthly, flexible=flexible)
    option = account.portal.add_reason("Moved to another town")
    account.request_cancellation(made)
    account.answer_survey(made, "other", "See you!", option)
    found = await read(billing, made)
    assert found.cancel_at == found.ends_at == at(made["items"]["data"][0]["current_period_end"])
    assert found.cancel_at_period_end is not flexible
    assert found.canceled_at is not None
    assert found.ended_at is None
    assert found.cancellation == Cancellation(
        kind="cancellation_requested", feedback="other", feedback_option="Moved to another town", comment="See you!"
    )


async def test_an_ended_subscription_is_read_and_listed(
    billing: StripeBilling, account: Account, monthly: Json
) -> None:
    made = account.subscribe(customer_of(account), monthly)
    account.cancel_now(made)
    found = await read(billing, made)
    assert found.status == "canceled"
    assert found.ended_at == found.ends_at == at(made["ended_at"])


async def test_trial_pause_and_own_card_are_read(billing: StripeBilling, account: Account, monthly: Json) -> None:
    customer = customer_of(account)
    own = account.cards.attach(customer, last4="1881")
    account.cards.attach(customer, last4="4444")
    end = account.ledger.now + 86_400
    made = account.subscribe(customer, monthly, trial_end=end, default_payment_method=own["id"])
    account.subscriptions.pause_collection(made, "void")
    found = await read(billing, made)
    assert (found.status, found.trial_end_at, found.collection_paused) == ("trialing", at(end), True)
    assert found.card is not None
    assert found.card.last4 == "1881"


async def test_a_card_that_is_none_is_not_shown(billing: StripeBilling, account: Account, monthly: Json) -> None:
    customer = customer_of(account)
    made = account.subscribe(customer, monthly)
    method = account.ledger.get("payment_method", customer["invoice_settings"]["default_payment_method"])
    method |= {"type": "sepa_debit", "sepa_debit": {
        "bank_code": "37040044", "branch_code": "", "country": "DE", "fingerprint": "f", "generated_from": None,
        "last4": "3000",
    }}  # fmt: skip
    del method["card"]
    assert (await billing.read_subscription(SubscriptionId(made["id"]))).customer.card is None


async def test_all_pages_are_listed_newest_first(billing: StripeBilling, account: Account, monthly: Json) -> None:
    customer = customer_of(account)
    made = [account.subscribe(customer, monthly)["id"] for _ in range(103)]
    listed = await billing.subscriptions_of(CustomerId(customer["id"]))
    assert [each.id for each in listed] == made[::-1]


async def test_live_ones_are_those_in_use(billing: StripeBilling, account: Account, monthly: Json) -> None:
    customer = customer_of(account)
    ended, unpaid, running, late = (account.subscribe(customer, monthly) for _ in range(4))
    tried = account.subscribe(customer, monthly, trial_end=account.ledger.now + 7 * DAY)
    account.cancel_now(ended)
    unpaid["status"], late["status"] = "unpaid", "past_due"
    account.subscribe(customer_of(account), monthly)
    live = await billing.live_subscriptions_of(CustomerId(customer["id"]))
    assert live == (tried["id"], late["id"], running["id"])


async def test_walk_can_continue(billing: StripeBilling, account: Account, sandbox: Sandbox, monthly: Json) -> None:
    customer = customer_of(account)
    early = account.subscribe(customer, monthly)
    account.cancel_now(early)
    asked = account.subscribe(customer, monthly)
    sandbox.clock.advance(timedelta(days=2))
    since = sandbox.clock.now() - timedelta(days=1)
    account.request_cancellation(asked)
    ended = account.subscribe(customer, monthly)
    account.cancel_now(ended)
    sandbox.clock.advance(timedelta(minutes=1))
    for _ in range(100):
        account.subscribe(customer, monthly)

    async def walk(walked_to: datetime | None) -> list[CancelledSubscriptions]:
        return [page async for page in billing.cancelled_subscriptions(since=since, walked_to=walked_to)]

    pages = await walk(None)
    assert [name for page in pages for name in page.ids] == [ended["id"], asked["id"]]
    assert pages[0].ids == ()
    a_second = timedelta(seconds=1)
    assert await walk(pages[0].walked_to - a_second) == pages[1:]
    assert await walk(pages[-1].walked_to - a_second) == []


@pytest.mark.parametrize("level", ["subscription", "item"])
async def test_an_amount_of_a_deleted_coupon_in_another_currency_is_unknown(
    billing: StripeBilling, account: Account, monthly: Json, level: str
) -> None:
    options = {"eur": {"amount_off": 900}}
    coupon = account.catalog.add_coupon(
        f"OFF{level}", amount_off=990, currency="gbp", currency_options=options, duration="forever"
    )
    own: list[tuple[list[Json], list[Json]]] = [([coupon], [])] if level == "item" else []
    made = account.subscribe(customer_of(account), monthly, coupons=[] if own else [coupon], items=own)
    account.coupons.delete(coupon)
    found = await read(billing, made)
    (left,) = found.discounts or found.items[0].discounts
    assert (left.coupon_id, left.duration, left.amount_off) == (coupon["id"], "unknown", None)
