"""How lines are taxed and what is left without tax, and the discount that hangs on a customer."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from billing.stripe_billing import StripeBilling
from billing.translate.subscription import percentage
from domain.billing.monthly_value import monthly_charge, monthly_value
from domain.billing.subscription import Subscription
from domain.billing.tax import UNTAXED, Tax
from domain.ids import CustomerId, SubscriptionId
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import DAY, Json

WITHIN = Tax(included=(Decimal(19),), on_top=Decimal(0))
ON_TOP = Tax(included=(), on_top=Decimal(19))


@pytest.fixture(autouse=True)
def settings(account: Account) -> Iterator[Json]:
    """The account's tax settings, as they were again afterwards."""
    defaults = account.ledger.tax_settings["defaults"]
    before = dict(defaults)
    yield defaults
    defaults |= before


async def read(billing: StripeBilling, made: Json) -> Subscription:
    """Read a subscription alone and from its customer's list, which must agree."""
    alone = (await billing.read_subscription(SubscriptionId(made["id"]))).subscription
    (listed,) = await billing.subscriptions_of(CustomerId(made["customer"]))
    assert alone == listed
    return alone


def customer_of(account: Account) -> Json:
    customer = account.create_customer(email="dana@acme-mail.com", country="DE")
    account.cards.attach(customer)
    return customer


def price(account: Account, behavior: str = "unspecified", amount: int = 4900) -> Json:
    return account.catalog.add_price(account.catalog.add_product("Pro"), amount, "eur", tax_behavior=behavior)


def worth(found: Subscription) -> tuple[int, int]:
    """Return what it brings a month, and what the customer pays."""
    at = found.created_at
    return monthly_value(found, at=at).would_be.minor, monthly_charge(found, at=at).would_be.minor


@pytest.mark.parametrize(("inclusive", "tax", "monthly"), [(True, WITHIN, (4118, 4900)), (False, ON_TOP, (4900, 4900))])
async def test_rates_given_by_hand(
    billing: StripeBilling, account: Account, inclusive: bool, tax: Tax, monthly: tuple[int, int]
) -> None:
    rate = account.catalog.add_tax_rate(19, "DE", "VAT", identifier=f"txr_hand{inclusive}", inclusive=inclusive)
    found = await read(billing, account.subscribe(customer_of(account), price(account), tax_rates=[rate]))
    assert [item.tax for item in found.items] == [tax]
    assert worth(found) == monthly


async def test_an_items_own_rate_goes_first(billing: StripeBilling, account: Account) -> None:
    full = account.catalog.add_tax_rate(19, "DE", "VAT", identifier="txr_full")
    reduced = account.catalog.add_tax_rate(7, "DE", "VAT", identifier="txr_reduced", inclusive=True)
    made = account.subscribe(
        customer_of(account), price(account), price(account), tax_rates=[full], items=[((), ()), ((), [reduced])]
    )
    taxes = [item.tax for item in (await read(billing, made)).items]
    assert taxes == [ON_TOP, Tax(included=(Decimal(7),), on_top=Decimal(0))]


@pytest.mark.parametrize(
    ("behavior", "default", "tax"),
    [
        ("inclusive", "exclusive", WITHIN),
        ("exclusive", "inclusive", ON_TOP),
        ("unspecified", "inclusive", WITHIN),
        ("unspecified", "exclusive", ON_TOP),
        ("unspecified", "inferred_by_currency", WITHIN),
    ],
)
async def test_stripe_tax_is_read_off_the_newest_invoice(
    billing: StripeBilling, account: Account, settings: Json, *, behavior: str, default: str, tax: Tax
) -> None:
    settings["tax_behavior"] = default
    found = await read(billing, account.subscribe(customer_of(account), price(account, behavior), automatic_tax=True))
    assert found.automatic_tax
    assert [item.tax for item in found.items] == [tax]
    assert worth(found) == ((4118 if tax == WITHIN else 4900), 4900)


async def test_the_tax_on_a_flat_fee_is_read_at_a_quantity_of_0(billing: StripeBilling, account: Account) -> None:
    """Stripe: Tiered pricing, "we always bill the first flat fee tier when `quantity=0`"."""
    flat = account.catalog.add_price(
        account.catalog.add_product("Seats"),
        None,
        "eur",
        tiers_mode="graduated",
        tiers=[(5, 1000, 1190), (None, 800, 700)],
        tax_behavior="inclusive",
    )
    trial_end = account.ledger.now + 7 * DAY
    made = account.subscribe(
        customer_of(account), price(account, "inclusive"), (flat, 0), automatic_tax=True, trial_end=trial_end
    )
    found = await read(billing, made)
    assert [item.tax for item in found.items] == [WITHIN, WITHIN]
    assert worth(found) == (4118 + 1000, 4900 + 1190)


async def test_stripe_tax_is_read_off_a_preview_before_the_first_invoice(
    billing: StripeBilling, account: Account
) -> None:
    made = account.subscribe(
        customer_of(account), price(account, "inclusive"), automatic_tax=True, trial_end=account.ledger.now + 7 * DAY
    )
    assert [item.tax for item in (await read(billing, made)).items] == [WITHIN]
    account.request_cancellation(made)
    assert [item.tax for item in (await read(billing, made)).items] == [WITHIN]
    account.cancel_now(made)
    found = await read(billing, made)
    assert [item.tax for item in found.items] == [None]
    assert not monthly_value(found, at=found.created_at).tax_known


async def test_another_price_is_taxed_as_its_preview_shows(billing: StripeBilling, account: Account) -> None:
    made = account.subscribe(customer_of(account), price(account, "inclusive"), automatic_tax=True)
    item = made["items"]["data"][0]["id"]
    other = price(account, "exclusive", 1900)
    account.subscriptions.update(made, {"items": [{"id": item, "price": other["id"]}], "proration_behavior": "none"})
    assert [each.tax for each in (await read(billing, made)).items] == [ON_TOP]


@pytest.mark.parametrize("automatic", [True, False])
async def test_reverse_charge_leaves_the_price_whole(billing: StripeBilling, account: Account, automatic: bool) -> None:
    customer = customer_of(account)
    customer["tax_exempt"] = "reverse"
    rate = account.catalog.add_tax_rate(19, "DE", "VAT", identifier=f"txr_reverse{automatic}", inclusive=True)
    terms = {"automatic_tax": True} if automatic else {"tax_rates": [rate]}
    found = (await billing.read_subscription(
        SubscriptionId(account.subscribe(customer, price(account, "inclusive"), **terms)["id"])
    )).subscription  # fmt: skip
    assert [item.tax for item in found.items] == [UNTAXED]
    assert worth(found) == (4900, 4900)


@pytest.mark.parametrize(
    ("amount", "taxable", "percent"),
    [(782, 4118, "19"), (367, 4533, "8.1"), (0, 4900, "0"), (0, 0, "0"), (1250, 4902, "25.5"), (345, 4000, "8.63")],
)
def test_the_roundest_percentage_is_taken(amount: int, taxable: int, percent: str) -> None:
    assert percentage({"amount": amount, "taxable_amount": taxable}) == Decimal(percent)


async def test_the_customers_discount_is_inherited(billing: StripeBilling, account: Account) -> None:
    customer = customer_of(account)
    account.discounts.give(customer, account.coupons.create({"percent_off": 20, "duration": "forever"}))
    found = await read(billing, account.subscribe(customer, price(account)))
    assert found.discounts == ()
    assert found.customer_discount is not None
    assert found.customer_discount.level == "customer"
    assert worth(found) == (3920, 3920)


async def test_an_inherited_amount_of_another_currency_takes_nothing_off(
    billing: StripeBilling, account: Account
) -> None:
    customer = customer_of(account)
    terms = {"amount_off": 500, "currency": "usd", "duration": "forever"}
    account.discounts.give(customer, account.coupons.create(terms))
    found = await read(billing, account.subscribe(customer, price(account)))
    assert found.customer_discount is None
    assert worth(found) == (4900, 4900)


async def test_discounts_on_each_level_are_read(billing: StripeBilling, account: Account) -> None:
    product = account.catalog.add_product("Seats")
    seats = account.catalog.add_price(product, 2000, "eur")
    half = account.coupons.create({"percent_off": 50, "duration": "forever"})
    limited = account.coupons.create(
        {"amount_off": 300, "currency": "eur", "duration": "forever", "applies_to": {"products": [product["id"]]}}
    )
    made = account.subscribe(
        customer_of(account), price(account, amount=1000), seats, coupons=[limited], items=[([half], ()), ((), ())]
    )
    found = await read(billing, made)
    assert [each.level for each in found.discounts] == ["subscription"]
    assert [[each.level for each in item.discounts] for item in found.items] == [["item"], []]
    assert worth(found) == (2200, 2200)


@pytest.mark.parametrize("scheduled", [False, True])
async def test_items_that_were_never_billed_are_taxed_as_a_reset_of_the_cycle_shows(
    billing: StripeBilling, account: Account, scheduled: bool
) -> None:
    yearly = account.catalog.add_price(
        account.catalog.add_product("Support"), 49_000, "eur", interval="year", tax_behavior="inclusive"
    )
    free = account.catalog.add_coupon(f"FREE{scheduled}", percent_off=100, duration="once")
    made = account.subscribe(
        customer_of(account), price(account, "exclusive"), yearly, coupons=[free], automatic_tax=True
    )
    if scheduled:  # which refuses a preview of a reset
        account.schedule(made)
    found = await read(billing, made)
    assert [item.tax for item in found.items] == [ON_TOP, None if scheduled else WITHIN]
    assert monthly_value(found, at=found.created_at).tax_known is not scheduled
