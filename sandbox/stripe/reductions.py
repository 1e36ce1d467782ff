"""Reductions: which coupons lower an invoice, from the item, the subscription and the customer."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.stripe.coupons import amount_off
from sandbox.stripe.ledger import Json, Ledger

Reduction = tuple[str, Json]
"""A discount's id and its coupon, whose `amount_off` is of the invoice's currency."""


def of_item(ledger: Ledger, subscription: Json, item: Json) -> list[Reduction]:
    """List what lowers one item alone, which goes before all else (the SDK's `InvoiceLineItem.discounts`)."""
    return list(_reductions(ledger, item["discounts"], subscription["currency"]))


def of_subscription(ledger: Ledger, subscription: Json) -> list[Reduction]:
    """List what lowers a whole invoice of a subscription: its own discounts, or else its customer's."""
    return list(_reductions(ledger, running(ledger, subscription), subscription["currency"]))


def running(ledger: Ledger, subscription: Json) -> list[str]:
    """Return the ids of a subscription's discounts; one without any inherits its customer's.

    "If not specified or empty, inherits the discount from the subscription's customer" (the SDK's
    `SubscriptionCreateParams.discounts`). ASSUMED[customer-discounts]: also after its own have run out or were
    cleared, beside discounts of its items, and after a Checkout without a discount.
    """
    return list(subscription["discounts"]) or of_customer(ledger, subscription)


def of_customer(ledger: Ledger, subscription: Json) -> list[str]:
    """Return the id of the discount that a subscription's customer has, if there is one."""
    inherited = ledger.get("customer", subscription["customer"])["discount"]
    if not inherited:
        return []
    ledger.objects["discount"].setdefault(inherited["id"], inherited)
    return [inherited["id"]]


def _reductions(ledger: Ledger, discounts: Iterable[str], currency: str) -> Iterable[Reduction]:
    """Yield the coupons; an amount in another currency is passed over (Stripe: Multi-currency customers)."""
    for identifier in discounts:
        coupon = ledger.get("coupon", ledger.get("discount", identifier)["source"]["coupon"])
        amount = amount_off(coupon, currency)
        if amount is not None or coupon["percent_off"] is not None:
            yield identifier, coupon | {"amount_off": amount}
