"""How an invoice is drawn up: for which lines, and in what shape."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from sandbox.stripe.ledger import DAY, Json, Ledger
from sandbox.stripe.lines import period_line, proration_line
from sandbox.stripe.reductions import of_item, of_subscription, running
from sandbox.stripe.taxes import located, rates_of
from sandbox.stripe.totals import Charge, reckon, rounded


class Bills:
    """Draws up invoices.

    `usage` holds what a metered item used per period, `drawn_up` each subscription's invoices, `pending` what its next
    invoice takes along.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.usage: dict[str, int] = {}
        self.drawn_up: defaultdict[str, list[Json]] = defaultdict(list)
        self.pending: defaultdict[str, list[Charge]] = defaultdict(list)

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
        charge = self._charge(subscription, item, free=False)
        worth = reckon([charge], of_subscription(self._ledger, subscription)).discounted
        start, end = item["current_period_start"], item["current_period_end"]
        amount = rounded(Decimal(worth) * (end - self._ledger.now) / (end - start))
        if amount:
            line = proration_line(self._ledger, subscription, item, -amount if credit else amount)
            self.pending[subscription["id"]].append(Charge(line, rates=charge.rates))

    def draw_up(
        self, subscription: Json, items: Sequence[Json], *, reason: str, since: int | None = None, free: bool = False
    ) -> Json:
        """Make and finalise the invoice for the present period of these items and for what is pending.

        `since` is when the period began that it looks back on, by default now; `free` bills nothing (a trial).
        """
        ledger = self._ledger
        customer = ledger.get("customer", subscription["customer"])
        identifier = ledger.new_id("invoice")
        charges = self.pending.pop(subscription["id"], [])
        charges += [self._charge(subscription, item, free=free) for item in items]
        lines = [charge.line for charge in charges]
        for line in lines:
            line["invoice"] = identifier
        totals = reckon(charges, of_subscription(ledger, subscription))
        owed = totals.total + customer["balance"]
        sent = subscription["collection_method"] == "send_invoice"
        due_date = ledger.now + (subscription["days_until_due"] or 0) * DAY if sent else None
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
            "automatic_tax": _automatic_tax(subscription, customer),
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
            "customer_tax_exempt": customer["tax_exempt"],
            "customer_tax_ids": [],
            "default_payment_method": None,
            "default_source": None,
            "default_tax_rates": subscription["default_tax_rates"],
            "description": None,
            "discounts": running(ledger, subscription),
            "due_date": due_date,
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
            "subtotal_excluding_tax": totals.subtotal_without_tax,
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

    def _charge(self, subscription: Json, item: Json, *, free: bool) -> Charge:
        ledger = self._ledger
        return Charge(
            period_line(ledger, subscription, item, used=self.usage.get(item["id"], 0), free=free),
            of_item(ledger, subscription, item),
            rates_of(ledger, subscription, item["price"], item["tax_rates"]),
        )


def _automatic_tax(subscription: Json, customer: Json) -> Json:
    """Return the tax status. ASSUMED[lost-addresses]: without the customer's address it isn't taxed, and says so."""
    enabled = subscription["automatic_tax"]["enabled"]
    status = "complete" if located(customer) else "requires_location_inputs"
    return {
        "disabled_reason": None,
        "enabled": enabled,
        "liability": {"type": "self"} if enabled else None,
        "provider": "stripe" if enabled else None,
        "status": status if enabled else None,
    }
