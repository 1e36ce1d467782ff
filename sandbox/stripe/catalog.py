"""What is sold: products, their prices, and the taxes on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sandbox.stripe.coupons import Coupons
from sandbox.stripe.currencies import require_chargeable
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json, Ledger
from sandbox.stripe.taxes import tax_rate

Tiers = Sequence[tuple[int | None, Decimal | int, int | None]]
"""Tiers as `(up_to, unit_amount, flat_amount)` in minor units, the last `up_to` being `None`."""


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
        tiers: Tiers = (),
        transform_quantity: Json | None = None,
        tax_behavior: str = "unspecified",
        currency_options: Mapping[str, Mapping[str, Any]] | None = None,
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
            tiers: as `Tiers`.
            transform_quantity: `{"divide_by": 10, "round": "up"}`.
            tax_behavior: `exclusive`, `inclusive` or `unspecified`.
            currency_options: by currency, `unit_amount` or `tiers`, and `tax_behavior`, each as above.
            nickname: the price's short name.
            identifier: a fixed id.
        """
        ledger = self._ledger
        own = _option(currency, unit_amount, tiers, tax_behavior)
        price: Json = {
            "id": identifier or ledger.new_id("price"),
            "object": "price",
            "active": True,
            "billing_scheme": "tiered" if tiers else "per_unit",
            "created": ledger.now,
            "currency": currency,
            "currency_options": {
                other: _option(
                    other, option.get("unit_amount"), option.get("tiers", ()), option.get("tax_behavior", "unspecified")
                )
                for other, option in (currency_options or {}).items()
            },
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
            "tax_behavior": tax_behavior,
            "tiers_mode": tiers_mode,
            "transform_quantity": transform_quantity,
            "type": "recurring",
            "unit_amount": own["unit_amount"],
            "unit_amount_decimal": own["unit_amount_decimal"],
        }
        if tiers:
            price["tiers"] = own["tiers"]
        if currency_options:
            price["currency_options"] = {currency: own} | price["currency_options"]
        return ledger.add(price, event="price.created")

    def add_tax_rate(
        self, percentage: float, country: str, display_name: str, *, identifier: str, inclusive: bool = False
    ) -> Json:
        """Add a rate of tax that is put on top of prices, or is `inclusive`: within them."""
        rate = tax_rate(self._ledger, identifier, percentage, country, display_name, inclusive=inclusive)
        return self._ledger.add(rate, event="tax_rate.created")

    def add_coupon(self, identifier: str, **terms: Any) -> Json:
        """Add a coupon; the terms are those of the API."""
        return self._coupons.create({"id": identifier, **terms})


def _option(currency: str, unit_amount: Decimal | int | None, tiers: Tiers, tax_behavior: str) -> Json:
    """Return a price as one of its `currency_options`.

    Raises:
        Refusal: its amount could not be charged, or its last tier ends somewhere.
    """
    whole = None if unit_amount is None or unit_amount % 1 else int(unit_amount)
    for amount in [whole, *(tier[1] for tier in tiers), *(tier[2] for tier in tiers)]:
        if amount is not None and not amount % 1:
            require_chargeable(int(amount), currency, param="unit_amount")
    if tiers and tiers[-1][0] is not None:  # the SDK's PriceCreateParamsTier.up_to: "`inf` to define a fallback tier"
        raise Refusal("The last tier must have `up_to` set to `inf`.", param="tiers")
    return {
        "custom_unit_amount": None,
        "tax_behavior": tax_behavior,
        "tiers": [_tier(*tier) for tier in tiers] or None,
        "unit_amount": whole,
        "unit_amount_decimal": None if unit_amount is None else str(unit_amount),
    }


def _tier(up_to: int | None, unit_amount: Decimal | int, flat_amount: int | None) -> dict[str, Any]:
    return {
        "flat_amount": flat_amount,
        "flat_amount_decimal": None if flat_amount is None else str(flat_amount),
        "unit_amount": None if unit_amount % 1 else int(unit_amount),
        "unit_amount_decimal": str(unit_amount),
        "up_to": up_to,
    }
