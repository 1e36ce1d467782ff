"""The billing cycle: periods that begin, their invoices, and what their payment or its failure leads to."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.stripe.bills import Bills
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.invoices import Invoices
from sandbox.stripe.ledger import Json, Ledger
from sandbox.stripe.periods import period_end

UPDATED = "customer.subscription.updated"


class Cycle:
    """Bills subscriptions, period by period and in between."""

    def __init__(self, ledger: Ledger, bills: Bills, invoices: Invoices, discounts: Discounts) -> None:
        self._ledger = ledger
        self._bills = bills
        self._invoices = invoices
        self._discounts = discounts

    def renew(self, subscription: Json, *, reason: str = "subscription_cycle") -> Json:
        """Begin the next period of all items whose present one is over; hand back the invoice, not yet collected.

        A trial is over then, too.
        ASSUMED[renewal-events]: one event tells of the items' new periods and of the invoice.
        """
        with self._ledger.changing(subscription, event=UPDATED):
            if subscription["status"] == "trialing":
                subscription["status"] = "active"
            over = [item for item in subscription["items"]["data"] if item["current_period_end"] <= self._ledger.now]
            since = min(item["current_period_start"] for item in over)
            for item in over:
                begin(item, item["current_period_end"], anchor=subscription["billing_cycle_anchor"])
            return self.bill(subscription, over, reason=reason, since=since)

    def begin_anew(self, subscription: Json, *, prorating: bool) -> list[Json]:
        """Begin the periods of all items again now; hand these back."""
        now, items = self._ledger.now, subscription["items"]["data"]
        subscription["billing_cycle_anchor"] = now
        for item in items:
            if prorating:
                self._bills.prorate(subscription, item, credit=True)
            begin(item, now, anchor=now)
        return list(items)

    def bill(
        self, subscription: Json, items: Sequence[Json], *, reason: str, since: int | None = None, free: bool = False
    ) -> Json:
        """Draw up an invoice over these items, using up the discounts that are good for one.

        What is free or void uses none up (Stripe: Subscription coupons; a trial's first invoice leaves `once` be).
        """
        self._discounts.drop_ended(subscription)
        invoice = self._bills.draw_up(subscription, items, reason=reason, since=since, free=free)
        subscription["latest_invoice"] = invoice["id"]
        if not free and not _voided(subscription):
            self._discounts.drop_used(subscription, items)
        return invoice

    def collect(self, subscription: Json, invoice: Json) -> None:
        """Do with an invoice what is to be done: have it paid, or leave it, if collection is paused."""
        paused = subscription["pause_collection"]
        if _voided(subscription):
            self._invoices.give_up(invoice)
        elif paused and paused["behavior"] == "mark_uncollectible":
            invoice["status"] = "uncollectible"
        elif paused or subscription["status"] == "unpaid":
            invoice["status"] = "draft"
        elif self._invoices.collect(subscription, invoice):
            if subscription["status"] == "past_due" and not self._invoices.of(subscription, status="open"):
                self.set_status(subscription, "active")
        elif subscription["status"] != "past_due":
            self.set_status(subscription, "past_due")

    def set_status(self, subscription: Json, status: str) -> None:
        """Move between `active`, `past_due` and `unpaid`; the customer is delinquent in the latter two."""
        with self._ledger.changing(subscription, event=UPDATED):
            subscription["status"] = status
        customer = self._ledger.objects["customer"].get(subscription["customer"])
        if customer is not None:
            with self._ledger.changing(customer, event="customer.updated"):
                customer["delinquent"] = status in {"past_due", "unpaid"}


def begin(item: Json, start: int, *, anchor: int) -> None:
    """Let an item's next period begin."""
    item |= {
        "current_period_start": start,
        "current_period_end": period_end(start, item["price"]["recurring"], anchor=anchor),
    }


def _voided(subscription: Json) -> bool:
    paused = subscription["pause_collection"]
    return bool(paused and paused["behavior"] == "void")
