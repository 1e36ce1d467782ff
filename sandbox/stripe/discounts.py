"""Discounts: coupons running on customers, subscriptions and items, each with its own start and end."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.stripe.coupons import Coupons
from sandbox.stripe.errors import Refusal, missing
from sandbox.stripe.items import worth
from sandbox.stripe.ledger import Json, Ledger
from sandbox.stripe.periods import add_months
from sandbox.stripe.promotion_codes import PromotionCodes
from sandbox.stripe.reductions import running


class Discounts:
    """Discounts; the `discounts` of a subscription or an item lists their ids, a customer holds one whole."""

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

    def give(self, customer: Json, coupon: Json) -> None:
        """Start a coupon on a customer, in the place of any before it, as staff do in the Dashboard."""
        with self._ledger.changing(customer, event="customer.updated"):
            if customer["discount"]:
                self._end([customer["discount"]["id"]])
            customer["discount"] = self._ledger.get("discount", self.apply(customer, coupon))

    def apply(self, owner: Json, given: Json) -> str:
        """Start a coupon, or a promotion code's, on a customer, a subscription or an item.

        The caller puts the discount's id there.
        """
        ledger = self._ledger
        is_code = given["object"] == "promotion_code"
        coupon = ledger.get("coupon", given["promotion"]["coupon"]) if is_code else given
        if is_code:
            self._codes.redeem(given)
        else:
            self._coupons.redeem(given)
        kind = owner["object"]
        item_id = owner["id"] if kind == "subscription_item" else None
        subscription_id = owner["id"] if kind == "subscription" else None
        above = owner["subscription"] if item_id else subscription_id
        months = coupon["duration_in_months"] if coupon["duration"] == "repeating" else None
        discount = ledger.add(
            {
                "id": ledger.new_id("discount"),
                "object": "discount",
                "checkout_session": None,
                "customer": ledger.get("subscription", above)["customer"] if above else owner["id"],
                "customer_account": None,
                "end": add_months(ledger.now, months) if months else None,
                "invoice": None,
                "invoice_item": None,
                "promotion_code": given["id"] if is_code else None,
                "source": {"coupon": coupon["id"], "type": "coupon"},
                "start": ledger.now,
                "subscription": subscription_id,
                "subscription_item": item_id,
            },
            event="customer.discount.created",
        )
        identifier: str = discount["id"]
        return identifier

    def replace(self, owner: Json, found: Sequence[str | Json]) -> None:
        """Make the discounts of a subscription or an item exactly these, as `read` found them; its others end."""
        kept = [each if isinstance(each, str) else self.apply(owner, each) for each in found]
        self._end([each for each in owner["discounts"] if each not in kept and self._belongs(each, owner)])
        owner["discounts"] = kept

    def drop_ended(self, subscription: Json) -> None:
        """Take off what has run out before the next invoice is drawn up."""
        now = self._ledger.now
        found = self._all(subscription)
        self._drop(subscription, [each["id"] for each in found if each["end"] is not None and each["end"] <= now])

    def drop_used(self, subscription: Json, items: Sequence[Json]) -> None:
        """Take off what was good for one invoice, after that was drawn up over these items."""
        coupons = self._ledger.objects["coupon"]
        used = [*running(self._ledger, subscription), *(each for item in items for each in item["discounts"])]
        discounts = self._ledger.objects["discount"]
        once = [each for each in used if coupons[discounts[each]["source"]["coupon"]]["duration"] == "once"]
        self._drop(subscription, once)

    def _all(self, subscription: Json) -> list[Json]:
        """List the discounts of a subscription, its items and its customer."""
        customer = self._ledger.objects["customer"].get(subscription["customer"])
        found = [
            *subscription["discounts"],
            *(each for item in subscription["items"]["data"] for each in item["discounts"]),
        ]
        discounts = [self._ledger.get("discount", each) for each in found]
        return discounts + ([customer["discount"]] if customer and customer["discount"] else [])

    def _belongs(self, identifier: str, owner: Json) -> bool:
        discount = self._ledger.get("discount", identifier)
        field = "subscription_item" if owner["object"] == "subscription_item" else "subscription"
        return bool(discount[field] == owner["id"])

    def _drop(self, subscription: Json, over: Sequence[str]) -> None:
        for owner in (subscription, *subscription["items"]["data"]):
            owner["discounts"] = [each for each in owner["discounts"] if each not in over]
        customer = self._ledger.objects["customer"].get(subscription["customer"])
        if customer and customer["discount"] and customer["discount"]["id"] in over:
            with self._ledger.changing(customer, event="customer.updated"):
                customer["discount"] = None
        self._end(list(dict.fromkeys(over)))

    def _end(self, identifiers: Sequence[str]) -> None:
        # ASSUMED[ended-discounts]: invoices still show them, with the time as their `end`.
        for identifier in identifiers:
            discount = self._ledger.objects["discount"][identifier]
            discount["end"] = self._ledger.now
            self._ledger.emit("customer.discount.deleted", discount)
