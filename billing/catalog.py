"""Products, tiers and coupons of subscriptions: Stripe expands four levels only, so the rest is read by id."""

import asyncio
from collections.abc import Iterable, Iterator

from billing.client import Client
from billing.translate import Json
from flows.failures import Refused

READ = [
    "cancellation_details.feedback_option",
    "customer.invoice_settings.default_payment_method",
    "default_payment_method",
    "discounts.source.coupon.applies_to",
    "items.data.discounts",
    "items.data.price.product",
    "items.data.price.tiers",
]
"""Expansions that make a single subscription whole, but for the coupons of its items."""

LISTED = [
    "data.cancellation_details.feedback_option",
    "data.default_payment_method",
    "data.discounts",
    "data.items.data.discounts",
]


async def complete(client: Client, subscriptions: Iterable[Json]) -> None:
    """Fill in the products, tiers and coupons of subscriptions where Stripe left ids or nothing.

    Reads only what is missing. A coupon that no longer exists stays an id.
    """
    subscriptions = list(subscriptions)
    prices = [item["price"] for each in subscriptions for item in each["items"]["data"]]
    sources = [discount["source"] for each in subscriptions for discount in _discounts(each)]
    products, tiers, coupons = await asyncio.gather(
        _products(client, {price["product"] for price in prices if isinstance(price["product"], str)}),
        _tiers(
            client, {price["id"] for price in prices if price["billing_scheme"] == "tiered" and "tiers" not in price}
        ),
        _coupons(client, {source["coupon"] for source in sources if isinstance(source["coupon"], str)}),
    )
    for price in prices:
        if isinstance(price["product"], str):
            price["product"] = products.get(price["product"], price["product"])
        if price["id"] in tiers:
            price["tiers"] = tiers[price["id"]]
    for source in sources:
        if isinstance(source["coupon"], str):
            source["coupon"] = coupons.get(source["coupon"], source["coupon"])


async def read_coupon(client: Client, coupon_id: str) -> Json | None:
    """Read a coupon with the products it is limited to; None where there is none."""
    try:
        async with client.reading("read a coupon"):
            found = await client.v1.coupons.retrieve_async(coupon_id, {"expand": ["applies_to"]})
    except Refused as refusal:
        if refusal.code == "resource_missing":
            return None
        raise
    return found.to_dict()


def _discounts(subscription: Json) -> Iterator[Json]:
    yield from subscription["discounts"]
    for item in subscription["items"]["data"]:
        yield from item["discounts"]


async def _products(client: Client, ids: set[str]) -> dict[str, Json]:
    if not ids:
        return {}
    async with client.reading("list products"):
        listed = await client.v1.products.list_async({"ids": sorted(ids), "limit": 100})
        return {product.id: product.to_dict() async for product in listed.auto_paging_iter()}


async def _tiers(client: Client, ids: set[str]) -> dict[str, list[Json]]:
    async def read(price_id: str) -> list[Json]:
        async with client.reading("read a price's tiers"):
            price = await client.v1.prices.retrieve_async(price_id, {"expand": ["tiers"]})
        return [tier.to_dict() for tier in price.tiers or ()]

    wanted = sorted(ids)
    return dict(zip(wanted, await asyncio.gather(*map(read, wanted)), strict=True))


async def _coupons(client: Client, ids: set[str]) -> dict[str, Json]:
    wanted = sorted(ids)
    answers = zip(wanted, await asyncio.gather(*(read_coupon(client, each) for each in wanted)), strict=True)
    return {coupon_id: coupon for coupon_id, coupon in answers if coupon is not None}
