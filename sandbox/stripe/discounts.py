"""Discounts: coupons running on subscriptions, each with its own start and end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.stripe.catalog import require_coupon
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json, Ledger
from sandbox.stripe.periods import add_months


class Discounts:
    """Discounts of subscriptions; a subscription's `discounts` lists their ids."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def apply(self, subscription: Json, coupon: Json) -> str:
        """Start a coupon on a subscription and tell the new discount's id; the caller puts it on the subscription."""
        ledger = self._ledger
        coupon["times_redeemed"] += 1
        months = coupon["duration_in_months"] if coupon["duration"] == "repeating" else None
        discount = ledger.add(
            {
                "id": ledger.new_id("discount"),
                "object": "discount",
                "checkout_session": None,
                "customer": subscription["customer"],
                "customer_account": None,
                "end": add_months(ledger.now, months) if months else None,
                "invoice": None,
                "invoice_item": None,
                "promotion_code": None,
                "source": {"coupon": coupon["id"], "type": "coupon"},
                "start": ledger.now,
                "subscription": subscription["id"],
                "subscription_item": None,
            },
            event="customer.discount.created",
        )
        identifier: str = discount["id"]
        return identifier

    def replace(self, subscription: Json, wanted: list[dict[str, Any]] | None) -> None:
        """Make the discounts exactly these; an array replaces all that run, `None` clears (Stripe: discounts).

        Raises:
            Refusal: a coupon or discount is unknown, or an element names neither.
        """
        kept: list[str] = []
        for index, each in enumerate(wanted or []):
            param = f"discounts[{index}]"
            if "discount" in each:
                if each["discount"] not in subscription["discounts"]:
                    raise Refusal(f"No such discount: '{each['discount']}'", code="resource_missing", param=param)
                kept.append(each["discount"])
            elif "coupon" in each:
                coupon = require_coupon(self._ledger, each["coupon"], subscription["currency"], param=param)
                kept.append(self.apply(subscription, coupon))
            else:
                raise Refusal(f"You must pass one of coupon or discount in {param}.", param=param)
        self._end([each for each in subscription["discounts"] if each not in kept])
        subscription["discounts"] = kept

    def drop_ended(self, subscription: Json) -> None:
        """Take off what has run out before the next invoice is drawn up."""
        now = self._ledger.now
        self._drop(subscription, lambda discount: discount["end"] is not None and discount["end"] <= now)

    def drop_used(self, subscription: Json) -> None:
        """Take off what was good for one invoice, after that was drawn up."""
        coupons = self._ledger.objects["coupon"]
        self._drop(subscription, lambda discount: coupons[discount["source"]["coupon"]]["duration"] == "once")

    def _drop(self, subscription: Json, over: Callable[[Json], bool]) -> None:
        discounts = self._ledger.objects["discount"]
        ended = [identifier for identifier in subscription["discounts"] if over(discounts[identifier])]
        subscription["discounts"] = [each for each in subscription["discounts"] if each not in ended]
        self._end(ended)

    def _end(self, identifiers: list[str]) -> None:
        for identifier in identifiers:
            discount = self._ledger.objects["discount"][identifier]
            discount["end"] = self._ledger.now
            self._ledger.emit("customer.discount.deleted", discount)
