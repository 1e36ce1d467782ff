"""Prices, their tiers, and discounts; amounts stay `Decimal` from Stripe's wire on."""

from decimal import Decimal

from billing.translate import Json, identifier, moment, moment_or_none
from billing.translate.text import text
from domain.billing.subscription import Discount, DiscountLevel, Price, Tier
from domain.money import Money


def price(found: Json, *, currency: str | None = None) -> Price:
    """Translate a price in one of its currencies; None means its own.

    The amounts of another currency are known where `currency_options` is expanded, those of tiers where these are. The
    product's name and whether it is archived are known where the product is expanded.

    Raises:
        ValueError: the price is not a recurring one; Stripe lets none else into a subscription.
    """
    recurring = found.get("recurring")
    if recurring is None:
        raise ValueError("a subscription's price recurs")
    currency = currency or found["currency"]
    option = found if currency == found["currency"] else _options(found).get(currency) or {}
    product = found["product"]
    sold = {} if isinstance(product, str) else product
    divided = found.get("transform_quantity") or {}
    return Price(
        id=found["id"],
        currency=currency,
        product_id=product if isinstance(product, str) else product["id"],
        product_name=sold.get("name"),
        nickname=text(found.get("nickname")),
        unit_amount=_amount(option, "unit_amount"),
        tiers_mode=found.get("tiers_mode"),
        tiers=tuple(_tier(tier) for tier in option.get("tiers") or ()),
        divide_by=divided.get("divide_by"),
        round_up=divided.get("round") == "up",
        interval=recurring["interval"],
        interval_count=recurring["interval_count"],
        metered=recurring["usage_type"] == "metered",
        active=found.get("active", True) and sold.get("active", True) and not sold.get("deleted"),
        tax_behavior=option.get("tax_behavior") or "unspecified",
    )


def prices(found: Json) -> tuple[Price, ...]:
    """Translate a price in every currency that it is sold in, its own first; `currency_options` must be expanded."""
    return tuple(price(found, currency=each) for each in dict.fromkeys([found["currency"], *_options(found)]))


def _options(found: Json) -> Json:
    return found.get("currency_options") or {}


def discount(found: Json, *, currency: str, level: DiscountLevel) -> Discount | None:
    """Translate a discount on what is paid in a currency; its terms are known where its coupon is there whole.

    An amount off in other currencies only takes nothing off and is None (Stripe: Multi-currency customers).
    """
    coupon = found["source"].get("coupon")
    terms = coupon if isinstance(coupon, dict) and "duration" in coupon else {}
    percent, amount = terms.get("percent_off"), terms.get("amount_off")
    if amount is not None and terms["currency"] != currency:
        amount = (_options(terms).get(currency) or {}).get("amount_off")
        if amount is None:
            return None
    limited = terms.get("applies_to")
    return Discount(
        id=found["id"],
        coupon_id=identifier(coupon) or "",
        percent_off=None if percent is None else Decimal(str(percent)),  # a JSON float: 12.5 means twelve and a half
        amount_off=None if amount is None else Money(amount, currency),
        duration=terms.get("duration", "unknown"),
        starts_at=moment(found["start"]),
        ends_at=moment_or_none(found.get("end")),
        product_ids=None if limited is None else frozenset(limited["products"]),
        level=level,
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
