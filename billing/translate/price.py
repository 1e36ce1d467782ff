"""Prices, their tiers, and discounts; amounts stay `Decimal` from Stripe's wire on."""

from decimal import Decimal

from billing.translate import Json, moment, moment_or_none
from domain.billing.subscription import Discount, Price, Tier
from domain.money import Money


def price(found: Json) -> Price:
    """Translate a price; its product's name is known where the product is expanded, its tiers where they are.

    Raises:
        ValueError: the price is not a recurring one; Stripe lets none else into a subscription.
    """
    recurring = found.get("recurring")
    if recurring is None:
        raise ValueError("a subscription's price recurs")
    product = found["product"]
    divided = found.get("transform_quantity") or {}
    return Price(
        id=found["id"],
        currency=found["currency"],
        product_id=product if isinstance(product, str) else product["id"],
        product_name=None if isinstance(product, str) else product.get("name"),
        nickname=found.get("nickname"),
        unit_amount=_amount(found, "unit_amount"),
        tiers_mode=found.get("tiers_mode"),
        tiers=tuple(_tier(tier) for tier in found.get("tiers") or ()),
        divide_by=divided.get("divide_by"),
        round_up=divided.get("round") == "up",
        interval=recurring["interval"],
        interval_count=recurring["interval_count"],
        metered=recurring["usage_type"] == "metered",
    )


def discount(found: Json) -> Discount | None:
    """Translate a discount whose coupon is there whole; None if the coupon's terms can't be read any more."""
    coupon = found["source"].get("coupon")
    if not isinstance(coupon, dict):
        return None
    percent, amount = coupon.get("percent_off"), coupon.get("amount_off")
    limited = coupon.get("applies_to")
    return Discount(
        id=found["id"],
        coupon_id=coupon["id"],
        percent_off=None if percent is None else Decimal(str(percent)),  # a JSON float: 12.5 means twelve and a half
        amount_off=None if amount is None else Money(amount, coupon["currency"]),
        duration=coupon["duration"],
        starts_at=moment(found["start"]),
        ends_at=moment_or_none(found.get("end")),
        product_ids=None if limited is None else frozenset(limited["products"]),
    )


def _tier(found: Json) -> Tier:
    return Tier(
        up_to=found.get("up_to"), unit_amount=_amount(found, "unit_amount"), flat_amount=_amount(found, "flat_amount")
    )


def _amount(found: Json, name: str) -> Decimal | None:
    """Prefer the exact `…_decimal`: the whole one is null where an amount has fractions of a minor unit."""
    exact = found.get(f"{name}_decimal")
    value = found.get(name) if exact is None else exact
    return None if value is None else Decimal(str(value))
