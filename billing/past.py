"""Subscriptions as they were at the time of an event: what has changed since is read by id, or off an invoice."""

import asyncio
from datetime import timedelta

from billing.catalog import read_coupon, read_price
from billing.client import Client, Part
from billing.translate import Json, identifier
from billing.translate.price import discount, price
from domain.billing.past_terms import PastTerms, all_discounts, as_it_was
from domain.billing.subscription import Discount, DiscountLevel, Price, Subscription
from flows.failures import ignore_missing
from flows.ports import SubscriptionReading

LATE = timedelta(minutes=1)
"""From when on an invoice is asked whether the customer had a discount that is gone by now: no event shows it."""


class Past(Part):
    """Subscriptions as they were, for the port `Billing`."""

    async def as_it_was(self, reading: SubscriptionReading, past: PastTerms) -> Subscription | None:
        read = reading.subscription
        with ignore_missing():
            prices = await asyncio.gather(
                *(_price(self._client, each, read.currency) for each in sorted(past.missing_prices(read)))
            )
            gone = await self._gone(read, past, late=reading.read_at - past.at > LATE)
            return as_it_was(read, past, prices={each.id: each for each in prices}, discounts=gone)
        return None

    async def _gone(self, read: Subscription, past: PastTerms, *, late: bool) -> list[Discount]:
        """Read the discounts that only the invoice of the time still tells, if there may be any."""
        known = {each.id for each in all_discounts(read)}
        inherits = late and not past.discount_ids
        same = past.invoice_id == read.latest_invoice_id
        wanted = past.missing_discounts(read) or (inherits and not (same and read.invoiced_discounts <= known))
        if past.invoice_id is None or not wanted:
            return []
        async with self._client.reading("read an invoice's discounts"):
            found = await self._client.v1.invoices.retrieve_async(
                past.invoice_id, {"expand": ["discounts", "total_discount_amounts.discount"]}
            )
        invoice = found.to_dict()
        shown = [*invoice["discounts"], *(each["discount"] for each in invoice["total_discount_amounts"] or ())]
        new = {each["id"]: each for each in shown if isinstance(each, dict) and each["id"] not in known}
        for each in new.values():
            coupon_id = identifier(each["source"]["coupon"]) or ""
            each["source"]["coupon"] = await read_coupon(self._client, coupon_id) or coupon_id
        told = (discount(each, currency=read.currency, level=_level(each)) for each in new.values())
        return [each for each in told if each is not None]


async def _price(client: Client, price_id: str, currency: str) -> Price:
    found = await read_price(client, price_id, currencies=())
    if found["billing_scheme"] == "tiered" and found["currency"] != currency:
        found = await read_price(client, price_id, currencies=[currency])
    return price(found, currency=currency)


def _level(found: Json) -> DiscountLevel:
    if found.get("subscription_item"):
        return "item"
    return "subscription" if found.get("subscription") else "customer"
