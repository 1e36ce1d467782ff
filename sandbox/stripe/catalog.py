"""What is sold: products, prices with their plans, and the taxes on them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sandbox.stripe.coupons import Coupons
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json, Ledger


class Catalog:
    """Products, prices, coupons and tax rates of the account."""

    def __init__(self, ledger: Ledger, coupons: Coupons) -> None:
        self._ledger = ledger
        self._coupons = coupons

    def add_product(self, name: str, *, identifier: str | None = None) -> Json:
        ledger = self._ledger
        return ledger.add(
            {
                "id": identifier or ledger.new_id("product"),
                "object": "product",
                "active": True,
                "created": ledger.now,
                "default_price": None,
                "description": None,
                "images": [],
                "livemode": ledger.livemode,
                "marketing_features": [],
                "metadata": {},
                "name": name,
                "package_dimensions": None,
                "shippable": None,
                "statement_descriptor": None,
                "tax_code": None,
                "type": "service",
                "unit_label": None,
                "updated": ledger.now,
                "url": None,
            },
            event="product.created",
        )

    def add_price(
        self,
        product: Json,
        unit_amount: Decimal | int | None,
        currency: str,
        *,
        interval: str = "month",
        interval_count: int = 1,
        usage_type: str = "licensed",
        tiers_mode: str | None = None,
        tiers: Sequence[tuple[int | None, int, int | None]] = (),
        transform_quantity: Json | None = None,
        nickname: str | None = None,
        identifier: str | None = None,
    ) -> Json:
        """Add a recurring price.

        Args:
            product: what is sold.
            unit_amount: in minor units; with a fraction, Stripe shows it in `unit_amount_decimal` only; `None` for
                tiered prices.
            currency: lower-case code.
            interval: `day`, `week`, `month` or `year`.
            interval_count: intervals between two invoices.
            usage_type: `licensed` or `metered`.
            tiers_mode: `graduated` or `volume`.
            tiers: `(up_to, unit_amount, flat_amount)`, the last `up_to` being `None`.
            transform_quantity: `{"divide_by": 10, "round": "up"}`.
            nickname: the price's short name.
            identifier: a fixed id.
        """
        ledger = self._ledger
        whole = None if unit_amount is None or unit_amount % 1 else int(unit_amount)
        price: Json = {
            "id": identifier or ledger.new_id("price"),
            "object": "price",
            "active": True,
            "billing_scheme": "tiered" if tiers else "per_unit",
            "created": ledger.now,
            "currency": currency,
            "currency_options": {},
            "custom_unit_amount": None,
            "livemode": ledger.livemode,
            "lookup_key": None,
            "metadata": {},
            "nickname": nickname,
            "product": product["id"],
            "recurring": {
                "interval": interval,
                "interval_count": interval_count,
                "meter": f"mtr_test_{product['id']}" if usage_type == "metered" else None,
                "trial_period_days": None,
                "usage_type": usage_type,
            },
            "tax_behavior": "unspecified",
            "tiers_mode": tiers_mode,
            "transform_quantity": transform_quantity,
            "type": "recurring",
            "unit_amount": whole,
            "unit_amount_decimal": None if unit_amount is None else str(unit_amount),
        }
        if tiers:
            price["tiers"] = [_tier(*tier) for tier in tiers]
        return ledger.add(price, event="price.created")

    def add_tax_rate(self, percentage: float, country: str, display_name: str, *, identifier: str) -> Json:
        """Add a rate of tax that is put on top of prices."""
        ledger = self._ledger
        return ledger.add(
            {
                "id": identifier,
                "object": "tax_rate",
                "active": True,
                "country": country,
                "created": ledger.now,
                "description": None,
                "display_name": display_name,
                "effective_percentage": percentage,
                "flat_amount": None,
                "inclusive": False,
                "jurisdiction": country,
                "jurisdiction_level": "country",
                "livemode": ledger.livemode,
                "metadata": {},
                "percentage": percentage,
                "rate_type": "percentage",
                "state": None,
                "tax_type": "vat",
            },
            event="tax_rate.created",
        )

    def add_coupon(self, identifier: str, **terms: Any) -> Json:
        """Add a coupon; the terms are those of the API."""
        return self._coupons.create({"id": identifier, **terms})


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


def amount_of(price: Json, quantity: int) -> Decimal:
    """Return what a quantity costs per billing period, in minor units, not rounded."""
    if transform := price["transform_quantity"]:
        whole, rest = divmod(quantity, transform["divide_by"])
        quantity = whole + (1 if rest and transform["round"] == "up" else 0)
    if not price.get("tiers"):
        return Decimal(price["unit_amount_decimal"] or 0) * quantity
    if price["tiers_mode"] == "volume":
        tier = next(each for each in price["tiers"] if each["up_to"] is None or quantity <= each["up_to"])
        return Decimal(tier["unit_amount"] * quantity + (tier["flat_amount"] or 0))
    total, below = 0, 0
    for tier in price["tiers"]:
        upper = quantity if tier["up_to"] is None else min(quantity, tier["up_to"])
        if upper > below:
            total += (upper - below) * tier["unit_amount"] + (tier["flat_amount"] or 0)
            below = upper
    return Decimal(total)


def sellable(ledger: Ledger, identifier: str, currency: str | None, *, param: str) -> Json:
    """Find a price that can be bought, in this currency if one is said.

    Raises:
        Refusal: there is none, it is not active any more, or it is of another currency.
    """
    price = ledger.get("price", identifier, param=param)
    if not price["active"]:
        raise Refusal("The price specified is inactive. This field only accepts active prices.", param=param)
    if currency not in {None, price["currency"]}:
        raise Refusal(
            f"The price specified only supports `{price['currency']}`. This doesn't match the expected currency: "
            f"`{currency}`.",
            param=param,
        )
    return price


def _tier(up_to: int | None, unit_amount: int, flat_amount: int | None) -> dict[str, Any]:
    return {
        "flat_amount": flat_amount,
        "flat_amount_decimal": None if flat_amount is None else str(flat_amount),
        "unit_amount": unit_amount,
        "unit_amount_decimal": str(unit_amount),
        "up_to": up_to,
    }
