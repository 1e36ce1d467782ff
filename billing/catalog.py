"""What subscriptions refer to, completed: Stripe expands four levels only, so the rest is read by id.

That is: products, tiers, amounts in another currency, coupons, and items beyond the first page.
"""

import asyncio
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from billing.automatic_tax import find_taxes
from billing.client import Client
from billing.translate import Json
from flows.failures import ignore_missing

if TYPE_CHECKING:
    from stripe.params import SubscriptionItemListParams

READ = [
    "cancellation_details.feedback_option",
    "customer.invoice_settings.default_payment_method",
    "default_payment_method",
    "discounts.source.coupon.applies_to",
    "items.data.discounts",
    "items.data.price.product",
    "items.data.price.tiers",
    "latest_invoice",
]
"""Expansions that make a single subscription whole, but for what `complete` reads."""

LISTED = [
    "data.cancellation_details.feedback_option",
    "data.customer",
    "data.default_payment_method",
    "data.discounts",
    "data.items.data.discounts",
    "data.latest_invoice",
]


async def complete(client: Client, subscriptions: Iterable[Json]) -> None:
    """Fill in what is missing of subscriptions where Stripe left ids or nothing; the rest is not read again.

    A coupon that no longer exists is left as an id where it lacks terms.
    """
    subscriptions = list(subscriptions)
    await asyncio.gather(*(read_all_items(client, each) for each in subscriptions))
    paid = [(item["price"], each["currency"]) for each in subscriptions for item in each["items"]["data"]]
    given = [(discount["source"], each["currency"]) for each in subscriptions for discount in _discounts(each)]
    products, prices, coupons = await asyncio.gather(
        _products(client, {price["product"] for price, _ in paid if isinstance(price["product"], str)}),
        _prices(client, {_key(price, currency) for price, currency in paid if _lacks_amounts(price, currency)}),
        _coupons(client, {_id(source["coupon"]) for source, currency in given if _lacks_terms(source, currency)}),
    )
    for price, currency in paid:
        price.update(prices.get(_key(price, currency), {}))
        if isinstance(price["product"], str):
            price["product"] = products.get(price["product"], price["product"])
    for source, currency in given:
        if _lacks_terms(source, currency):
            source["coupon"] = coupons.get(_id(source["coupon"]), _id(source["coupon"]))
    await asyncio.gather(*(find_taxes(client, each) for each in subscriptions))


async def read_all_items(client: Client, subscription: Json) -> None:
    """Read the items that are not on the first page, which is all that a subscription shows of them."""
    if not subscription["items"].get("has_more"):
        return
    asked: SubscriptionItemListParams = {
        "subscription": subscription["id"],
        "limit": 100,
        "expand": ["data.discounts", "data.price.product"],
    }
    async with client.reading("list a subscription's items"):
        listed = await client.v1.subscription_items.list_async(asked)
        subscription["items"]["data"] = [item.to_dict() async for item in listed.auto_paging_iter()]


async def read_price(client: Client, price_id: str, *, currencies: Collection[str]) -> Json:
    """Read a price with its product, its tiers, and what it is in other currencies: in all, their tiers in these."""
    # Tiers of an option are shown by its own path only; `currency_options.tiers` is silently ignored.
    options = [f"currency_options.{currency}.tiers" for currency in currencies]
    async with client.reading("read a price"):
        found = await client.v1.prices.retrieve_async(
            price_id, {"expand": ["product", "tiers", "currency_options", *options]}
        )
    return found.to_dict()


async def read_coupon(client: Client, coupon_id: str) -> Json | None:
    """Read a coupon with the products it is limited to; None where there is none."""
    with ignore_missing():
        async with client.reading("read a coupon"):
            found = await client.v1.coupons.retrieve_async(coupon_id, {"expand": ["applies_to", "currency_options"]})
        return found.to_dict()
    return None


def _discounts(subscription: Json) -> Iterator[Json]:
    yield from subscription["discounts"]
    for item in subscription["items"]["data"]:
        yield from item["discounts"]
    owner = subscription["customer"]
    if isinstance(owner, dict) and owner.get("discount"):
        yield owner["discount"]


def _id(coupon: str | Json) -> str:
    return coupon if isinstance(coupon, str) else str(coupon["id"])


def _lacks_terms(source: Json, currency: str) -> bool:
    coupon = source["coupon"]
    return isinstance(coupon, str) or (coupon.get("amount_off") is not None and coupon["currency"] != currency)


def _key(price: Json, currency: str) -> tuple[str, str]:
    """Return a price's id and the currency whose tiers are wanted; "" stands for its own, or for none."""
    tiered = price["billing_scheme"] == "tiered" and price["currency"] != currency
    return price["id"], currency if tiered else ""


def _lacks_amounts(price: Json, currency: str) -> bool:
    return price["currency"] != currency or (price["billing_scheme"] == "tiered" and "tiers" not in price)


async def _products(client: Client, ids: set[str]) -> dict[str, Json]:
    if not ids:
        return {}
    async with client.reading("list products"):
        listed = await client.v1.products.list_async({"ids": sorted(ids), "limit": 100})
        return {product.id: product.to_dict() async for product in listed.auto_paging_iter()}


async def _prices(client: Client, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], Json]:
    """Read the amounts of prices in these currencies, as `_key` names them, with tiers."""

    async def read(price_id: str, currency: str) -> Json:
        price = await read_price(client, price_id, currencies=[currency] if currency else [])
        return {name: price[name] for name in ("tiers", "currency_options") if name in price}

    keys = sorted(wanted)
    return dict(zip(keys, await asyncio.gather(*(read(*key) for key in keys)), strict=True))


async def _coupons(client: Client, ids: set[str]) -> dict[str, Json]:
    wanted = sorted(ids)
    answers = zip(wanted, await asyncio.gather(*(read_coupon(client, each) for each in wanted)), strict=True)
    return {coupon_id: coupon for coupon_id, coupon in answers if coupon is not None}
