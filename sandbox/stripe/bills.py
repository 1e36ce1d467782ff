"""How an invoice is drawn up: its lines, what discounts take off, and its shape."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from sandbox.stripe.catalog import amount_of
from sandbox.stripe.ledger import DAY, Json, Ledger


class Bills:
    """Draws up invoices; `usage` holds what a metered item used per period, `drawn_up` each subscription's invoices."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.usage: dict[str, int] = {}
        self.drawn_up: defaultdict[str, list[Json]] = defaultdict(list)

    def draw_up(self, subscription: Json, items: Sequence[Json], *, reason: str, free: bool = False) -> Json:
        """Make and finalise the invoice for the present period of these items; `free` bills nothing (a trial)."""
        ledger = self._ledger
        customer = ledger.get("customer", subscription["customer"])
        identifier = ledger.new_id("invoice")
        lines = [self._line(identifier, subscription, item, free=free) for item in items]
        subtotal = sum(line["amount"] for line in lines)
        off = self._discounted(subscription, subtotal)
        total = subtotal - sum(each["amount"] for each in off)
        started = reason == "subscription_create"
        invoice = {
            "id": identifier,
            "object": "invoice",
            "account_country": "US",
            "account_name": "Northwind",
            "account_tax_ids": None,
            "amount_due": total,
            "amount_overpaid": 0,
            "amount_paid": 0,
            "amount_paid_off_stripe": 0,
            "amount_remaining": total,
            "amount_shipping": 0,
            "application": None,
            "attempt_count": 0,
            "attempted": False,
            "auto_advance": True,
            "automatic_tax": {
                "disabled_reason": None,
                "enabled": False,
                "liability": None,
                "provider": None,
                "status": None,
            },
            "automatically_finalizes_at": None,
            "billing_reason": reason,
            "collection_method": subscription["collection_method"],
            "created": ledger.now,
            "currency": subscription["currency"],
            "custom_fields": None,
            "customer": customer["id"],
            "customer_account": None,
            "customer_address": customer["address"],
            "customer_email": customer["email"],
            "customer_name": customer["name"],
            "customer_phone": customer["phone"],
            "customer_shipping": None,
            "customer_tax_exempt": "none",
            "customer_tax_ids": [],
            "default_payment_method": None,
            "default_source": None,
            "default_tax_rates": [],
            "description": None,
            "discounts": list(subscription["discounts"]),
            "due_date": ledger.now + 30 * DAY if subscription["collection_method"] == "send_invoice" else None,
            "effective_at": ledger.now,
            "ending_balance": 0,
            "footer": None,
            "from_invoice": None,
            "hosted_invoice_url": None,
            "invoice_pdf": None,
            "issuer": {"type": "self"},
            "last_finalization_error": None,
            "latest_revision": None,
            "lines": {
                "object": "list",
                "data": lines,
                "has_more": False,
                "total_count": len(lines),
                "url": f"/v1/invoices/{identifier}/lines",
            },
            "livemode": ledger.livemode,
            "metadata": {},
            "next_payment_attempt": None,
            "number": f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}",
            "on_behalf_of": None,
            "parent": {
                "quote_details": None,
                "subscription_details": {"metadata": {}, "subscription": subscription["id"]},
                "type": "subscription_details",
            },
            "payment_settings": {
                "default_mandate": None,
                "payment_method_options": None,
                "payment_method_types": None,
            },
            "payments": {"object": "list", "data": [], "has_more": False, "url": f"/v1/invoices/{identifier}/payments"},
            "period_end": ledger.now,
            "period_start": ledger.now if started else subscription["items"]["data"][0]["current_period_start"],
            "post_payment_credit_notes_amount": 0,
            "pre_payment_credit_notes_amount": 0,
            "receipt_number": None,
            "rendering": None,
            "shipping_cost": None,
            "shipping_details": None,
            "starting_balance": 0,
            "statement_descriptor": None,
            "status": "open",
            "status_transitions": {
                "finalized_at": ledger.now,
                "marked_uncollectible_at": None,
                "paid_at": None,
                "voided_at": None,
            },
            "subtotal": subtotal,
            "subtotal_excluding_tax": subtotal,
            "test_clock": None,
            "total": total,
            "total_discount_amounts": off,
            "total_excluding_tax": total,
            "total_pretax_credit_amounts": [],
            "total_taxes": [],
            "webhooks_delivered_at": None,
        }
        customer["next_invoice_sequence"] += 1
        self.drawn_up[subscription["id"]].append(invoice)
        ledger.add(invoice, event="invoice.created")
        ledger.emit("invoice.finalized", invoice)
        return invoice

    def _discounted(self, subscription: Json, subtotal: int) -> list[Json]:
        """Tell what each of the subscription's discounts takes off, one after the other."""
        off: list[Json] = []
        left = subtotal
        for identifier in subscription["discounts"]:
            coupon = self._ledger.objects["coupon"][self._ledger.objects["discount"][identifier]["source"]["coupon"]]
            share = Decimal(left) * Decimal(str(coupon["percent_off"] or 0)) / 100
            amount = min(left, coupon["amount_off"] or int(share.quantize(Decimal(1), ROUND_HALF_UP)))
            off.append({"amount": amount, "discount": identifier})
            left -= amount
        return off

    def _line(self, invoice_id: str, subscription: Json, item: Json, *, free: bool) -> Json:
        price = item["price"]
        metered = price["recurring"]["usage_type"] == "metered"
        quantity = self.usage.get(item["id"], 0) if metered else item["quantity"]
        amount = 0 if free else int(amount_of(price, quantity).quantize(Decimal(1), ROUND_HALF_UP))
        product = self._ledger.objects["product"][price["product"]]
        return {
            "id": self._ledger.new_id("line_item"),
            "object": "line_item",
            "amount": amount,
            "currency": price["currency"],
            "description": f"{quantity} × {product['name']}",
            "discount_amounts": [],
            "discountable": True,
            "discounts": [],
            "invoice": invoice_id,
            "livemode": self._ledger.livemode,
            "metadata": {},
            "parent": {
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
            "period": {"end": item["current_period_end"], "start": item["current_period_start"]},
            "pretax_credit_amounts": [],
            "pricing": {
                "price_details": {"price": price["id"], "product": price["product"]},
                "type": "price_details",
                "unit_amount_decimal": price["unit_amount_decimal"],
            },
            "quantity": quantity,
            "quantity_decimal": str(quantity),
            "subscription": subscription["id"],
            "subtotal": amount,
            "taxes": [],
        }
