"""Coupons: made once with terms that never change, good until used up or past their day."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from functools import partial
from typing import Any

from sandbox.stripe.currencies import require_chargeable
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Due, Json, Ledger
from sandbox.stripe.periods import add_months

LONGEST = 5 * 12
"""Months ahead that `redeem_by` may lie at most (Stripe: Create a coupon)."""


class Coupons:
    """The account's coupons."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def create(self, params: dict[str, Any]) -> Json:
        """Make a coupon as the API does.

        Raises:
            Refusal: the terms contradict one another or say too little, a product is unknown, or the id is taken.
        """
        ledger = self._ledger
        self._check(params)
        identifier = params.get("id") or secrets.token_hex(4)
        if identifier in ledger.objects["coupon"]:
            raise Refusal("Coupon already exists.", code="resource_already_exists", param="id")
        return ledger.add(
            {
                "id": identifier,
                "object": "coupon",
                "amount_off": None,
                "created": ledger.now,
                "currency": None,
                "duration": "once",
                "duration_in_months": None,
                "livemode": ledger.livemode,
                "max_redemptions": None,
                "metadata": {},
                "name": None,
                "percent_off": None,
                "redeem_by": None,
                "times_redeemed": 0,
                "valid": True,
            }
            | params
            | {"id": identifier}
            | _options(params),
            event="coupon.created",
        )

    def redeemable(self, identifier: str, currency: str, *, param: str) -> Json:
        """Find a coupon that can be applied to something in this currency.

        Raises:
            Refusal: there is none, it is used up or past its day, or it takes off an amount of another currency.
        """
        coupon = self._ledger.get("coupon", identifier, param=param)
        if not coupon["valid"]:
            raise Refusal(f"Coupon expired: {identifier}", code="coupon_expired", param=param)
        if coupon["amount_off"] is not None and amount_off(coupon, currency) is None:
            raise Refusal(
                f"This coupon cannot be redeemed because it only applies to {coupon['currency']}, not {currency}.",
                param=param,
            )
        return coupon

    def redeem(self, coupon: Json) -> None:
        """Count one use, the last one making it invalid."""
        coupon["times_redeemed"] += 1
        if coupon["times_redeemed"] == coupon["max_redemptions"]:
            self._end(coupon)

    def delete(self, coupon: Json) -> None:
        """Delete a coupon, as staff do in the Dashboard; discounts that run keep running (Stripe: Coupons).

        ASSUMED[deleted-coupons]: expanded in such a discount it is still there, by its id it is not.
        """
        self._end(coupon)
        self._ledger.deleted[coupon["id"]] = "coupon"
        self._ledger.emit("coupon.deleted", coupon)

    def dues(self) -> Iterator[Due]:
        """List the coupons whose last day is before them."""
        for coupon in self._ledger.objects["coupon"].values():
            if coupon["valid"] and coupon["redeem_by"] is not None:
                yield coupon["redeem_by"], partial(self._end, coupon)

    def _end(self, coupon: Json) -> None:
        """Make a coupon invalid, and its codes with it; discounts that run keep running (Stripe: Coupons)."""
        coupon["valid"] = False
        for code in self._ledger.objects["promotion_code"].values():
            if code["promotion"]["coupon"] == coupon["id"]:
                with self._ledger.changing(code, event="promotion_code.updated"):
                    code["active"] = False

    def _check(self, params: dict[str, Any]) -> None:
        percent, amount = params.get("percent_off"), params.get("amount_off")
        if (percent is None) == (amount is None):
            raise Refusal("You must pass exactly one of percent_off or amount_off.", code="parameter_missing")
        if percent is not None and not 0 < percent <= 100:  # Stripe: Create a coupon
            raise Refusal(
                f"Invalid percent_off: must be greater than 0 and at most 100, not {percent}.", param="percent_off"
            )
        if amount is not None and "currency" not in params:
            raise Refusal("Missing required param: currency.", code="parameter_missing", param="currency")
        for currency, option in _options(params).get("currency_options", {}).items():
            require_chargeable(option["amount_off"], currency, param="amount_off")
        repeating = params.get("duration") == "repeating"
        if repeating != ("duration_in_months" in params):
            raise Refusal(
                "duration_in_months is required if duration is repeating, and only then.", param="duration_in_months"
            )
        now = self._ledger.now
        if not now < params.get("redeem_by", now + 1) <= add_months(now, LONGEST):
            raise Refusal("redeem_by must be in the future, five years ahead at most.", param="redeem_by")
        for index, product in enumerate(params.get("applies_to", {}).get("products", ())):
            self._ledger.get("product", product, param=f"applies_to[products][{index}]")


def amount_off(coupon: Json, currency: str) -> int | None:
    """Return what a coupon takes off in this currency, in minor units; None if no amount of it."""
    if coupon["currency"] == currency:
        own: int | None = coupon["amount_off"]
        return own
    option = (coupon.get("currency_options") or {}).get(currency)
    return int(option["amount_off"]) if option else None


def _options(params: dict[str, Any]) -> Json:
    """Return the `currency_options` of a new coupon, its own currency among them."""
    if params.get("amount_off") is None:
        return {}
    own = {params["currency"]: {"amount_off": params["amount_off"]}}
    return {"currency_options": own | params.get("currency_options", {})}
