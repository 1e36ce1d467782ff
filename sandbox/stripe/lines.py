"""An invoice's lines: a period of a subscription's item, and what a change within a period gives back or costs."""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.stripe.currencies import priced_in
from sandbox.stripe.ledger import Json, Ledger
from sandbox.stripe.prices import amount_of
from sandbox.stripe.totals import rounded


def period_line(ledger: Ledger, subscription: Json, item: Json, *, used: int, free: bool) -> Json:
    """Bill an item for its present period: by its quantity, by what was `used` if metered, or nothing if `free`."""
    price = item["price"]
    quantity = used if price["recurring"]["usage_type"] == "metered" else item["quantity"]
    sold = f"{quantity} × {ledger.get('product', price['product'])['name']}"
    return _line(
        ledger,
        subscription,
        price,
        amount=0 if free else rounded(amount_of(price, quantity, subscription["currency"])),
        description=f"Free trial for {sold}" if free else sold,
        parent={
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": False,
                "proration_details": None,
                "subscription": subscription["id"],
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        },
        period={"end": item["current_period_end"], "start": item["current_period_start"]},
        quantity=quantity,
    )


def proration_line(ledger: Ledger, subscription: Json, item: Json, amount: int) -> Json:
    """Give back (a negative amount) or charge for the rest of an item's present period; no discount touches it."""
    product = ledger.get("product", item["price"]["product"])["name"]
    after = datetime.fromtimestamp(ledger.now, UTC)
    return _line(
        ledger,
        subscription,
        item["price"],
        amount=amount,
        description=f"{'Unused' if amount < 0 else 'Remaining'} time on {product} after {after:%d %b %Y}",
        parent={
            "invoice_item_details": {
                "invoice_item": ledger.new_id("invoiceitem"),
                "proration": True,
                "proration_details": {"credited_items": None},
                "subscription": subscription["id"],
            },
            "subscription_item_details": None,
            "type": "invoice_item_details",
        },
        period={"end": item["current_period_end"], "start": ledger.now},
        quantity=item["quantity"] or 0,
    ) | {"discountable": False}  # the SDK's InvoiceLineItem: "always false for prorations"


def _line(
    ledger: Ledger,
    subscription: Json,
    price: Json,
    *,
    amount: int,
    description: str,
    parent: Json,
    period: Json,
    quantity: int,
) -> Json:
    return {
        "id": ledger.new_id("line_item"),
        "object": "line_item",
        "amount": amount,
        "currency": subscription["currency"],
        "description": description,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": None,
        "livemode": ledger.livemode,
        "metadata": {},
        "parent": parent,
        "period": period,
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": priced_in(price, subscription["currency"])["unit_amount_decimal"],
        },
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "subscription": subscription["id"],
        "subtotal": amount,
        "taxes": [],
    }
