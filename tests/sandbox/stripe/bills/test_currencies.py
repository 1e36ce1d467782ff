"""Prices and coupons in several currencies, and amounts that a currency cannot charge."""

import pytest
import stripe

from sandbox.stripe.account import Account
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json
from tests.sandbox.stripe.billed import Books


@pytest.fixture
def pro(account: Account) -> Json:
    """A plan in dollars that is sold in yen, and in tiers in dinars."""
    product = account.catalog.add_product("Pro")
    return account.catalog.add_price(product, 4900, "usd", currency_options={"jpy": {"unit_amount": 7500}})


@pytest.fixture
def seats(account: Account) -> Json:
    return account.catalog.add_price(
        account.catalog.add_product("Seats"),
        None,
        "usd",
        tiers_mode="graduated",
        tiers=[(2, 1000, None), (None, 800, None)],
        currency_options={"jpy": {"tiers": [(2, 1500, 300), (None, 1200, None)], "tax_behavior": "inclusive"}},
    )


async def test_options_show_on_expand_only(pro: Json, seats: Json, client: stripe.StripeClient) -> None:
    plain = await client.v1.prices.retrieve_async(pro["id"])
    assert "currency_options" not in plain
    shown = await client.v1.prices.retrieve_async(pro["id"], {"expand": ["currency_options"]})
    assert shown.currency_options
    assert [*shown.currency_options.to_dict()] == ["usd", "jpy"]
    assert shown.currency_options["jpy"].unit_amount == 7500
    tiered = await client.v1.prices.retrieve_async(seats["id"], {"expand": ["currency_options"]})
    assert tiered.currency_options
    assert "tiers" not in tiered.currency_options["jpy"]
    whole = await client.v1.prices.retrieve_async(seats["id"], {"expand": ["currency_options.jpy.tiers"]})
    assert whole.currency_options
    assert [each.unit_amount for each in whole.currency_options["jpy"].tiers or ()] == [1500, 1200]
    assert whole.currency_options["jpy"].tax_behavior == "inclusive"


async def test_five_levels_are_refused(pro: Json, account: Account, client: stripe.StripeClient) -> None:
    made = account.subscribe(account.create_customer(), pro)
    one = await client.v1.subscriptions.retrieve_async(made["id"], {"expand": ["items.data.price.currency_options"]})
    assert one.items.data[0].price.currency_options
    with pytest.raises(stripe.InvalidRequestError, match="more than 4 levels"):
        await client.v1.subscriptions.list_async({"expand": ["data.items.data.price.currency_options"]})


async def test_items_beyond_the_first_page(account: Account, client: stripe.StripeClient) -> None:
    product = account.catalog.add_product("Site")
    customer = account.create_customer()
    account.cards.attach(customer)
    made = account.subscribe(customer, *(account.catalog.add_price(product, 900, "eur") for _ in range(23)))
    shown = await client.v1.subscriptions.retrieve_async(made["id"], {"expand": ["items.data.price.product"]})
    assert (len(shown.items.data), shown.items.has_more) == (10, True)
    listed = await client.v1.subscription_items.list_async({"subscription": made["id"], "limit": 20})
    every = [each.id async for each in listed.auto_paging_iter()]
    assert every == [each["id"] for each in made["items"]["data"]]
    assert account.invoices.of(made)[0]["total"] == 23 * 900


async def test_bills_in_the_option(
    pro: Json, seats: Json, account: Account, client: stripe.StripeClient, staff: stripe.StripeClient
) -> None:
    customer = account.create_customer()
    account.cards.attach(customer)
    made = await staff.v1.subscriptions.create_async(
        {
            "customer": customer["id"],
            "currency": "jpy",
            "items": [{"price": pro["id"]}, {"price": seats["id"], "quantity": 5}],
        }
    )
    assert (made.currency, made.items.data[0].price.currency, customer["currency"]) == ("jpy", "usd", "jpy")
    invoice = account.ledger.get("invoice", str(made.latest_invoice))
    assert (invoice["currency"], invoice["total"]) == ("jpy", 7500 + 2 * 1500 + 300 + 3 * 1200)
    assert {line["currency"] for line in invoice["lines"]["data"]} == {"jpy"}
    preview = await client.v1.invoices.create_preview_async({"subscription": made.id})
    assert (preview.currency, preview.total) == ("jpy", invoice["total"])


async def test_customer_keeps_their_currency(
    pro: Json, account: Account, client: stripe.StripeClient, staff: stripe.StripeClient
) -> None:
    customer = account.create_customer()
    account.cards.attach(customer)
    first = account.subscribe(customer, pro, currency="jpy")
    with pytest.raises(stripe.InvalidRequestError, match="cannot combine currencies"):
        await staff.v1.subscriptions.create_async(
            {"customer": customer["id"], "items": [{"price": pro["id"]}], "currency": "usd"}
        )
    account.cancel_now(first)
    session = await client.v1.checkout.sessions.create_async(
        {
            "mode": "subscription",
            "customer": customer["id"],
            "line_items": [{"price": pro["id"], "quantity": 1}],
            "success_url": "https://acme.example/",
        }
    )
    assert (session.currency, session.amount_total) == ("jpy", 7500)
    account.checkout.complete(account.ledger.get("checkout.session", session.id), None)
    assert account.live_subscriptions(customer)[0]["currency"] == "jpy"


async def test_price_sold_in_other_currencies_is_refused(
    pro: Json, account: Account, client: stripe.StripeClient
) -> None:
    customer = account.create_customer()
    with pytest.raises(stripe.InvalidRequestError, match="supports currencies of `usd`, `jpy`"):
        await client.v1.checkout.sessions.create_async(
            {
                "mode": "subscription",
                "customer": customer["id"],
                "currency": "eur",
                "line_items": [{"price": pro["id"], "quantity": 1}],
                "success_url": "https://acme.example/",
            }
        )


async def test_coupon_takes_off_its_option(pro: Json, account: Account, client: stripe.StripeClient) -> None:
    made = await client.v1.coupons.create_async(
        {
            "amount_off": 500,
            "currency": "usd",
            "currency_options": {"jpy": {"amount_off": 700}},
            "duration": "forever",
            "expand": ["currency_options"],
        }
    )
    assert made.currency_options
    assert {key: each["amount_off"] for key, each in made.currency_options.to_dict().items()} == {
        "usd": 500,
        "jpy": 700,
    }
    coupon = account.ledger.get("coupon", made.id)
    customer = account.create_customer()
    account.cards.attach(customer)
    bought = account.subscribe(customer, pro, currency="jpy", coupons=[coupon])
    assert account.invoices.of(bought)[0]["total"] == 6800
    with pytest.raises(Refusal, match="only applies to usd"):
        account.coupons.redeemable(made.id, "eur", param="coupon")


def test_archived_product_cannot_be_bought(account: Account, pro: Json) -> None:
    running = account.subscribe(
        account.create_customer(), account.catalog.add_price({"id": pro["product"]}, 900, "usd")
    )
    account.ledger.get("product", pro["product"])["active"] = False
    changed = {"items": [{"id": running["items"]["data"][0]["id"], "price": pro["id"]}]}
    with pytest.raises(Refusal, match="inactive"):
        account.subscriptions.update(running, changed)


@pytest.mark.parametrize(("currency", "amount"), [("kwd", 4905), ("isk", 4950), ("ugx", 50)])
def test_uneven_price_is_refused(books: Books, currency: str, amount: int) -> None:
    with pytest.raises(Refusal, match="not a multiple"):
        books.price(amount, currency)


def test_uneven_invoice_is_not_charged(books: Books) -> None:
    subscription = books.subscribe(books.price(199000, "isk"))
    with books.today() as account:
        eighth = account.coupons.create({"percent_off": 12.5, "duration": "forever"})
        with pytest.raises(Refusal, match="not a multiple"):
            account.previews.upcoming(subscription, {"discounts": [{"coupon": eighth["id"]}]})
    books.update(subscription, discounts=[{"coupon": eighth["id"]}])
    books.wait("2034-02-16")
    assert (subscription["status"], books.invoices(subscription)[-1]["status"]) == ("past_due", "open")
