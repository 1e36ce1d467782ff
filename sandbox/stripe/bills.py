"""How an invoice is drawn up: for which lines, and in what shape."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from sandbox.stripe.coupons import amount_off
from sandbox.stripe.ledger import DAY, Json, Ledger
from sandbox.stripe.lines import period_line, proration_line
from sandbox.stripe.totals import reckon, rounded


class Bills:
    """Draws up invoices.

    `usage` holds what a metered item used per period, `drawn_up` each subscription's invoices, `pending` the lines that
    its next invoice takes along.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.usage: dict[str, int] = {}
        self.drawn_up: defaultdict[str, list[Json]] = defaultdict(list)
        self.pending: defaultdict[str, list[Json]] = defaultdict(list)

    def aside(self, ledger: Ledger, subscription: Json) -> Bills:
        """Copy what is needed to draw up this subscription's next invoice in a ledger set aside."""
        copied = Bills(ledger)
        copied.usage = self.usage
        copied.pending[subscription["id"]] = copy.deepcopy(self.pending[subscription["id"]])
        return copied

    def prorate(self, subscription: Json, item: Json, *, credit: bool) -> None:
        """Keep for the next invoice what the rest of an item's period is worth, after discounts, as it is now priced.

        A `credit` gives it back, else it is charged (Stripe: Prorations); usage is never prorated.
        """
        if item["price"]["recurring"]["usage_type"] == "metered":
            return
        line = self._line(subscription, item, free=False)
        worth = reckon([line], self._coupons(subscription), []).without_tax
        start, end = item["current_period_start"], item["current_period_end"]
        amount = rounded(Decimal(worth) * (end - self._ledger.now) / (end - start))
        if amount:
            line = proration_line(self._ledger, subscription, item, -amount if credit else amount)
            self.pending[subscription["id"]].append(line)

    def draw_up(
        self, subscription: Json, items: Sequence[Json], *, reason: str, since: int | None = None, free: bool = False
    ) -> Json:
        """Make and finalise the invoice for the present period of these items and for what is pending.

        `since` is when the period began that it looks back on, by default now; `free` bills nothing (a trial).
        """
        ledger = self._ledger
        customer = ledger.get("customer", subscription["customer"])
        identifier = ledger.new_id("invoice")
        lines = self.pending.pop(subscription["id"], [])
        lines += [self._line(subscription, item, free=free) for item in items]
        for line in lines:
            line["invoice"] = identifier
        rates = subscription["default_tax_rates"]
        totals = reckon(lines, self._coupons(subscription), rates)
        owed = totals.total + customer["balance"]
        invoice = {
            "id": identifier,
            "object": "invoice",
            "account_country": "US",
            "account_name": "Northwind",
            "account_tax_ids": None,
            "amount_due": max(0, owed),
            "amount_overpaid": 0,
            "amount_paid": 0,
            "amount_paid_off_stripe": 0,
            "amount_remaining": max(0, owed),
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
            "default_tax_rates": rates,
            "description": None,
            "discounts": list(subscription["discounts"]),
            "due_date": ledger.now + 30 * DAY if subscription["collection_method"] == "send_invoice" else None,
            "effective_at": ledger.now,
            "ending_balance": min(0, owed),
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
            "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
            "payments": {"object": "list", "data": [], "has_more": False, "url": f"/v1/invoices/{identifier}/payments"},
            "period_end": ledger.now,
            "period_start": ledger.now if since is None else since,
            "post_payment_credit_notes_amount": 0,
            "pre_payment_credit_notes_amount": 0,
            "receipt_number": None,
            "rendering": None,
            "shipping_cost": None,
            "shipping_details": None,
            "starting_balance": customer["balance"],
            "statement_descriptor": None,
            "status": "open",
            "status_transitions": {
                "finalized_at": ledger.now,
                "marked_uncollectible_at": None,
                "paid_at": None,
                "voided_at": None,
            },
            "subtotal": totals.subtotal,
            "subtotal_excluding_tax": totals.subtotal,
            "test_clock": None,
            "total": totals.total,
            "total_discount_amounts": totals.discounts,
            "total_excluding_tax": totals.without_tax,
            "total_pretax_credit_amounts": [],
            "total_taxes": totals.taxes,
            "webhooks_delivered_at": None,
        }
        customer["next_invoice_sequence"] += 1
        if customer["balance"] != invoice["ending_balance"]:
            with ledger.changing(customer, event="customer.updated"):
                customer["balance"] = invoice["ending_balance"]
        self.drawn_up[subscription["id"]].append(invoice)
        ledger.add(invoice, event="invoice.created")
        ledger.emit("invoice.finalized", invoice)
        return invoice

    def _coupons(self, subscription: Json) -> list[tuple[str, Json]]:
        """List what takes something off, in order, with the discounts' ids."""
        discounts, coupons = self._ledger.objects["discount"], self._ledger.objects["coupon"]
        found = [(each, coupons[discounts[each]["source"]["coupon"]]) for each in subscription["discounts"]]
        currency = subscription["currency"]
        return [(each, coupon | {"amount_off": amount_off(coupon, currency)}) for each, coupon in found]

    def _line(self, subscription: Json, item: Json, *, free: bool) -> Json:
        return period_line(self._ledger, subscription, item, used=self.usage.get(item["id"], 0), free=free)
