"""A subscription's items: what of a price is bought, and for which period it was last billed."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.stripe.catalog import amount_of, plan_of
from sandbox.stripe.ledger import Json, Ledger
from sandbox.stripe.totals import rounded


def item_of(ledger: Ledger, subscription_id: str, price: Json, quantity: int, *, period: tuple[int, int]) -> Json:
    """Make an item of a subscription, billed for a period."""
    return {
        "id": ledger.new_id("subscription_item"),
        "object": "subscription_item",
        "billed_until": None,
        "billing_thresholds": None,
        "created": ledger.now,
        "current_period_end": period[1],
        "current_period_start": period[0],
        "current_trial": None,
        "discounts": [],
        "metadata": {},
        "subscription": subscription_id,
        "tax_rates": [],
    } | sold_as(price, quantity)


def sold_as(price: Json, quantity: int) -> Json:
    """Return an item's fields that follow from its price; of what is metered there is no quantity."""
    metered = price["recurring"]["usage_type"] == "metered"
    return {"plan": plan_of(price), "price": price, "quantity": None if metered else quantity}


def worth(bought: Iterable[tuple[Json, int]]) -> int:
    """Return what prices and quantities come to in one period, in minor units, without what is metered."""
    return sum(
        rounded(amount_of(price, quantity))
        for price, quantity in bought
        if price["recurring"]["usage_type"] == "licensed"
    )
