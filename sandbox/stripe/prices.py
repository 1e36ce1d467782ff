"""Prices: what a quantity costs, and whether it can be bought."""

from __future__ import annotations

from decimal import Decimal

from sandbox.stripe.currencies import offered, priced_in
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json, Ledger


def amount_of(price: Json, quantity: int, currency: str) -> Decimal:
    """Return what a quantity costs per billing period in one of a price's currencies, in minor units, not rounded."""
    if transform := price["transform_quantity"]:
        whole, rest = divmod(quantity, transform["divide_by"])
        quantity = whole + (1 if rest and transform["round"] == "up" else 0)
    amounts = priced_in(price, currency)
    if not (tiers := amounts.get("tiers")):
        return Decimal(amounts["unit_amount_decimal"] or 0) * quantity
    if price["tiers_mode"] == "volume":
        tier = next(each for each in tiers if each["up_to"] is None or quantity <= each["up_to"])
        return _unit(tier) * quantity + _flat(tier)
    total, below = Decimal(), 0
    for tier in tiers:
        upper = quantity if tier["up_to"] is None else min(quantity, tier["up_to"])
        if upper > below or tier is tiers[0]:  # "We always bill the first flat fee tier" (Stripe: Tiered pricing)
            total += (upper - below) * _unit(tier) + _flat(tier)
            below = upper
    return total


def sellable(ledger: Ledger, identifier: str, *, param: str) -> Json:
    """Find a price that can be bought.

    Raises:
        Refusal: there is none, or it or its product is not active any more.
    """
    price = ledger.get("price", identifier, param=param)
    if not price["active"]:
        raise Refusal("The price specified is inactive. This field only accepts active prices.", param=param)
    if not ledger.get("product", price["product"])["active"]:  # ASSUMED[archived-products]
        raise Refusal(
            f"The product {price['product']} is marked as inactive, so its price cannot be used.", param=param
        )
    return price


def require_sold_in(price: Json, currency: str, *, param: str) -> None:
    """Let a price be bought in this currency.

    Raises:
        Refusal: it is not sold in it.
    """
    if currency not in offered(price):
        sold_in = ", ".join(f"`{each}`" for each in offered(price))
        raise Refusal(
            f"The price specified only supports {sold_in}. This doesn't match the expected currency: `{currency}`.",
            param=param,
        )


def _unit(tier: Json) -> Decimal:
    return Decimal(tier["unit_amount_decimal"] or 0)


def _flat(tier: Json) -> Decimal:
    return Decimal(tier["flat_amount_decimal"] or 0)
