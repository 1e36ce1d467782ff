"""A subscription's items: what of a price is bought, and for which period it was last billed."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.stripe.ledger import Json, Ledger
from sandbox.stripe.prices import amount_of
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


def worth(bought: Iterable[tuple[Json, int]], currency: str) -> int:
    """Return what prices and quantities come to in one period, in minor units, without what is metered."""
    return sum(
        rounded(amount_of(price, quantity, currency))
        for price, quantity in bought
        if price["recurring"]["usage_type"] == "licensed"
    )


def plan_of(price: Json) -> Json:
    """Show a price as the older plan that every subscription item still carries."""
    recurring = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": price["billing_scheme"],
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": price["livemode"],
        "metadata": price["metadata"],
        "meter": recurring["meter"],
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": price["tiers_mode"],
        "transform_usage": price["transform_quantity"],
        "trial_period_days": None,
        "usage_type": recurring["usage_type"],
    }
