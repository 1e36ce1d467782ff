"""Promotion codes: what customers type to get a coupon, for everybody or for one of them."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterator
from functools import partial
from typing import Any

from sandbox.stripe.coupons import Coupons
from sandbox.stripe.customers import merge_metadata
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Due, Json, Ledger

LETTERS = string.ascii_uppercase + string.digits
UPDATED = "promotion_code.updated"


class PromotionCodes:
    """The account's promotion codes."""

    def __init__(self, ledger: Ledger, coupons: Coupons) -> None:
        self._ledger = ledger
        self._coupons = coupons

    def create(self, params: dict[str, Any]) -> Json:
        """Make a code as the API does, one of Stripe's own invention unless it is given.

        Raises:
            Refusal: coupon or customer are unknown, the coupon is over, the code is taken or goes further than its
                coupon.
        """
        ledger = self._ledger
        coupon = ledger.get("coupon", params["promotion"]["coupon"], param="promotion[coupon]")
        if not coupon["valid"]:
            raise Refusal(f"Coupon expired: {coupon['id']}", code="coupon_expired", param="promotion[coupon]")
        if "customer" in params:
            ledger.get("customer", params["customer"], param="customer")
        self._check_bounds(coupon, params)
        code = params.get("code") or "".join(secrets.choice(LETTERS) for _ in range(8))
        self._check_free(code, params.get("customer"))
        restrictions = {"first_time_transaction": False, "minimum_amount": None, "minimum_amount_currency": None}
        return ledger.add(
            {
                "id": ledger.new_id("promotion_code"),
                "object": "promotion_code",
                "active": params.get("active", True),
                "code": code,
                "created": ledger.now,
                "customer": params.get("customer"),
                "customer_account": None,
                "expires_at": params.get("expires_at"),
                "livemode": ledger.livemode,
                "max_redemptions": params.get("max_redemptions"),
                "metadata": params.get("metadata", {}),
                "promotion": params["promotion"],
                "restrictions": restrictions | params.get("restrictions", {}),
                "times_redeemed": 0,
            },
            event="promotion_code.created",
        )

    def update(self, code: Json, changes: dict[str, Any]) -> Json:
        """Switch a code on or off, or change its metadata.

        Raises:
            Refusal: it is to be switched on again, but it or its coupon is over, or another took its place.
        """
        if changes.get("active") and not code["active"]:
            coupon = self._ledger.get("coupon", code["promotion"]["coupon"])
            if not coupon["valid"] or self._is_over(code):
                raise Refusal(
                    "This promotion code cannot be reactivated: it can no longer be redeemed.", param="active"
                )
            self._check_free(code["code"], code["customer"])
        with self._ledger.changing(code, event=UPDATED):
            if "metadata" in changes:
                merge_metadata(code, changes["metadata"])
            code["active"] = changes.get("active", code["active"])
        return code

    def redeemable(self, identifier: str, customer: str, currency: str, amount: int, *, param: str) -> Json:
        """Find a code that this customer can use for a first invoice of so much, in minor units.

        Raises:
            Refusal: there is none, it or its coupon is over, it is somebody else's, or its restrictions are not met.
        """
        code = self._ledger.get("promotion_code", identifier, param=param)
        if not code["active"]:
            raise _not_redeemable("it is not active", param)
        if code["customer"] not in {None, customer}:
            raise _not_redeemable("it belongs to another customer", param)
        restrictions = code["restrictions"]
        paid = (each for each in self._ledger.all("invoice", customer=customer, status="paid") if each["amount_paid"])
        if restrictions["first_time_transaction"] and next(paid, None):
            raise _not_redeemable("the associated customer has prior transactions", param)
        if (restrictions["minimum_amount"] or 0) > amount:
            raise _not_redeemable("the associated purchase does not meet the minimum amount requirement", param)
        self._coupons.redeemable(code["promotion"]["coupon"], currency, param=param)
        return code

    def redeem(self, code: Json) -> None:
        """Count one use of a code and of its coupon."""
        with self._ledger.changing(code, event=UPDATED):
            code["times_redeemed"] += 1
            code["active"] = code["active"] and not self._is_over(code)
        self._coupons.redeem(self._ledger.get("coupon", code["promotion"]["coupon"]))

    def dues(self) -> Iterator[Due]:
        """List the codes whose last moment is before them."""
        for code in self._ledger.objects["promotion_code"].values():
            if code["active"] and code["expires_at"] is not None:
                yield code["expires_at"], partial(self._expire, code)

    def _expire(self, code: Json) -> None:
        with self._ledger.changing(code, event=UPDATED):
            code["active"] = False

    def _is_over(self, code: Json) -> bool:
        used_up = code["max_redemptions"] is not None and code["times_redeemed"] >= code["max_redemptions"]
        return used_up or (code["expires_at"] is not None and code["expires_at"] <= self._ledger.now)

    def _check_bounds(self, coupon: Json, params: dict[str, Any]) -> None:
        expires_at, most = params.get("expires_at"), params.get("max_redemptions")
        if expires_at is not None and expires_at <= self._ledger.now:
            raise Refusal("expires_at must be in the future.", param="expires_at")
        if expires_at is not None and coupon["redeem_by"] is not None and expires_at > coupon["redeem_by"]:
            raise Refusal("expires_at cannot be after the coupon's redeem_by.", param="expires_at")
        if most is not None and coupon["max_redemptions"] is not None and most > coupon["max_redemptions"]:
            raise Refusal(
                "max_redemptions cannot be greater than the coupon's max_redemptions.", param="max_redemptions"
            )

    def _check_free(self, code: str, customer: str | None) -> None:
        """Refuse a code that is taken: in any case, by the same customer's or by one for everybody."""
        if not re.fullmatch(r"[A-Za-z0-9-]+", code):
            raise Refusal("Promotion codes may only contain letters, digits and dashes.", param="code")
        for each in self._ledger.objects["promotion_code"].values():
            same = each["code"].casefold() == code.casefold()
            if each["active"] and same and (each["customer"] == customer or None in {each["customer"], customer}):
                raise Refusal(f"An active promotion code with `code: {code}` already exists.", param="code")


def _not_redeemable(why: str, param: str) -> Refusal:
    return Refusal(f"This promotion code cannot be redeemed because {why}.", param=param)
