"""Subscriptions in another currency than their price's or coupon's, and items beyond the first page."""

from decimal import Decimal

from billing.stripe_billing import StripeBilling
from domain.billing.monthly_value import monthly_value
from domain.billing.subscription import Subscription, Tier
from domain.ids import CustomerId, SubscriptionId
from domain.money import Money
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json


async def read(billing: StripeBilling, made: Json) -> Subscription:
    """Read a subscription alone and from its customer's list, which must agree."""
    alone = (await billing.read_subscription(SubscriptionId(made["id"]))).subscription
    (listed,) = await billing.subscriptions_of(CustomerId(made["customer"]))
    assert alone == listed
    return alone


def worth(found: Subscription) -> Money:
    value = monthly_value(found, at=found.created_at)
    assert value.known
    return value.now


def buyer(account: Account) -> Json:
    customer = account.create_customer(email="kenji@joined-mail.com")
    account.cards.attach(customer)
    return customer


async def test_a_price_is_read_in_the_subscriptions_currency(billing: StripeBilling, account: Account) -> None:
    pro = account.catalog.add_price(
        account.catalog.add_product("Pro"),
        4900,
        "usd",
        currency_options={"jpy": {"unit_amount": 7500, "tax_behavior": "inclusive"}, "kwd": {"unit_amount": 15500}},
    )
    for currency, minor in {"jpy": 7500, "kwd": 15500, "usd": 4900}.items():
        found = await read(billing, account.subscribe(buyer(account), pro, currency=currency))
        (item,) = found.items
        assert (item.price.currency, item.price.unit_amount) == (currency, Decimal(minor))
        assert item.price.tax_behavior == ("inclusive" if currency == "jpy" else "unspecified")
        assert worth(found) == Money(minor, currency)


async def test_tiers_of_another_currency_are_read(billing: StripeBilling, account: Account) -> None:
    seats = account.catalog.add_price(
        account.catalog.add_product("Seats"),
        None,
        "usd",
        tiers_mode="graduated",
        tiers=[(2, 1000, None), (None, 800, None)],
        currency_options={"jpy": {"tiers": [(2, 1500, 300), (None, 1200, None)]}},
    )
    found = await read(billing, account.subscribe(buyer(account), (seats, 3), currency="jpy"))
    assert found.items[0].price.tiers == (
        Tier(up_to=2, unit_amount=Decimal(1500), flat_amount=Decimal(300)),
        Tier(up_to=None, unit_amount=Decimal(1200), flat_amount=None),
    )
    assert worth(found) == Money(4500, "jpy")


async def test_an_amount_off_is_read_in_the_subscriptions_currency(billing: StripeBilling, account: Account) -> None:
    pro = account.catalog.add_price(
        account.catalog.add_product("Pro"), 4900, "usd", currency_options={"jpy": {"unit_amount": 7500}}
    )
    coupon = account.catalog.add_coupon(
        "YEN_TOO", amount_off=500, currency="usd", currency_options={"jpy": {"amount_off": 700}}, duration="forever"
    )
    found = await read(billing, account.subscribe(buyer(account), pro, currency="jpy", coupons=[coupon]))
    assert [each.amount_off for each in found.discounts] == [Money(700, "jpy")]
    assert worth(found) == Money(6800, "jpy")


async def test_a_price_without_the_currency_is_not_known(billing: StripeBilling, account: Account) -> None:
    pro = account.catalog.add_price(
        account.catalog.add_product("Pro"), 4900, "usd", currency_options={"jpy": {"unit_amount": 7500}}
    )
    made = account.subscribe(buyer(account), pro, currency="jpy")
    pro["currency_options"] = {}  # an option can be taken away again
    assert not monthly_value(await read(billing, made), at=(await read(billing, made)).created_at).known


async def test_plans_to_switch_to_are_listed_in_each_currency(billing: StripeBilling, account: Account) -> None:
    product = account.catalog.add_product("Lite")
    lite = account.catalog.add_price(product, 1900, "usd", currency_options={"jpy": {"unit_amount": 3000}})
    seats = account.catalog.add_price(
        product,
        None,
        "usd",
        tiers_mode="volume",
        tiers=[(None, 1000, None)],
        currency_options={"jpy": {"tiers": [(None, 1500, None)]}},
    )
    switching = account.portal.configuration["features"]["subscription_update"]
    switching |= {
        "enabled": True,
        "products": [
            {
                "product": product["id"],
                "prices": [lite["id"], seats["id"]],
                "adjustable_quantity": {"enabled": False, "minimum": 1, "maximum": None},
            }
        ],
    }
    listed = {(each.id, each.currency): each for each in await billing.catalog()}
    assert {key: each.unit_amount for key, each in listed.items() if each.tiers_mode is None} == {
        (lite["id"], "usd"): Decimal(1900),
        (lite["id"], "jpy"): Decimal(3000),
    }
    assert listed[seats["id"], "jpy"].tiers[0].unit_amount == Decimal(1500)
    assert {each.currency for each in await billing.price(seats["id"])} == {"usd", "jpy"}


async def test_an_archived_product_sells_no_price(billing: StripeBilling, account: Account) -> None:
    product = account.catalog.add_product("Old")
    made = account.subscribe(buyer(account), account.catalog.add_price(product, 1900, "usd"))
    assert (await read(billing, made)).items[0].price.active
    product["active"] = False
    assert not (await read(billing, made)).items[0].price.active
