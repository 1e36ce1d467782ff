"""Discounts: coupons running on subscriptions, each with its own start and end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sandbox.stripe.coupons import Coupons
from sandbox.stripe.errors import Refusal, missing
from sandbox.stripe.items import worth
from sandbox.stripe.ledger import Json, Ledger
from sandbox.stripe.periods import add_months
from sandbox.stripe.promotion_codes import PromotionCodes


class Discounts:
    """Discounts of subscriptions; a subscription's `discounts` lists their ids."""

    def __init__(self, ledger: Ledger, coupons: Coupons, codes: PromotionCodes) -> None:
        self._ledger = ledger
        self._coupons = coupons
        self._codes = codes

    def read(
        self,
        wanted: Sequence[dict[str, str]],
        *,
        customer: str,
        currency: str,
        amount: int,
        running: Sequence[str] = (),
        param: str = "discounts",
    ) -> list[str | Json]:
        """Find what a `discounts` parameter names, changing nothing.

        Args:
            wanted: hashes with one of `coupon`, `promotion_code`, `discount`.
            customer: whose subscription it is for.
            currency: what it is paid in.
            amount: what an invoice is before discounts, in minor units; a code may want a minimum.
            running: the discounts that it may keep.
            param: the parameter's name.

        Returns:
            Coupons and promotion codes to `apply`, and ids of discounts to keep.

        Raises:
            Refusal: one is unknown or cannot be redeemed, or an element does not name exactly one.
        """
        found: list[str | Json] = []
        for index, each in enumerate(wanted):
            here = f"{param}[{index}]"
            if len(each) != 1:
                raise Refusal(f"You must pass exactly one of coupon, discount or promotion_code in {here}.", param=here)
            ((kind, identifier),) = each.items()
            here = f"{here}[{kind}]"
            if kind == "coupon":
                found.append(self._coupons.redeemable(identifier, currency, param=here))
            elif kind == "promotion_code":
                found.append(self._codes.redeemable(identifier, customer, currency, amount, param=here))
            elif identifier in running:
                found.append(identifier)
            else:
                raise missing("discount", identifier, param=here)
        return found

    def read_first(
        self, wanted: Sequence[dict[str, str]], customer: str, bought: Sequence[tuple[Json, int]], currency: str
    ) -> list[Json]:
        """Find the coupons and codes that a new subscription to these prices and quantities is to begin with.

        Raises:
            Refusal: as `read`.
        """
        found = self.read(wanted, customer=customer, currency=currency, amount=worth(bought, currency))
        return [each for each in found if not isinstance(each, str)]

    def apply(self, subscription: Json, given: Json) -> str:
        """Start a coupon, or a promotion code's, on a subscription; the caller puts the discount's id there."""
        ledger = self._ledger
        is_code = given["object"] == "promotion_code"
        coupon = ledger.get("coupon", given["promotion"]["coupon"]) if is_code else given
        if is_code:
            self._codes.redeem(given)
        else:
            self._coupons.redeem(given)
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
                "promotion_code": given["id"] if is_code else None,
                "source": {"coupon": coupon["id"], "type": "coupon"},
                "start": ledger.now,
                "subscription": subscription["id"],
                "subscription_item": None,
            },
            event="customer.discount.created",
        )
        identifier: str = discount["id"]
        return identifier

    def replace(self, subscription: Json, found: Sequence[str | Json]) -> None:
        """Make the discounts exactly these, as `read` found them; all others that run end."""
        kept = [each if isinstance(each, str) else self.apply(subscription, each) for each in found]
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

    def _end(self, identifiers: Sequence[str]) -> None:
        for identifier in identifiers:
            discount = self._ledger.objects["discount"][identifier]
            discount["end"] = self._ledger.now
            self._ledger.emit("customer.discount.deleted", discount)
