"""Invoice previews: what would be billed is billed, by those who always do it, in a copy of the account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.stripe.billing_engine import BillingEngine
from sandbox.stripe.bills import Bills
from sandbox.stripe.currencies import choose, require_chargeable
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import OVER, Json, Ledger
from sandbox.stripe.reductions import of_customer, running

HOUR = 3600
"""Seconds between an invoice's creation and the attempt to collect it (Stripe: Subscription invoices)."""


class Previews:
    """Previews of the account's invoices, each with the ledger in which it would stand."""

    def __init__(self, ledger: Ledger, bills: Bills) -> None:
        self._ledger = ledger
        self._bills = bills

    def upcoming(self, subscription: Json, changes: dict[str, Any]) -> tuple[Ledger, Json]:
        """Preview a subscription's next invoice, as it would be after an update with these parameters.

        Raises:
            Refusal: the update would be refused, no invoice would follow, or it could not be charged.
        """
        if subscription["status"] in OVER:
            raise _none(subscription)
        customer = self._ledger.get("customer", subscription["customer"])
        discounts = [
            self._ledger.get("discount", each)
            for each in (*running(self._ledger, subscription), *of_customer(self._ledger, subscription))
        ]
        discounts += [
            self._ledger.get("discount", each) for item in subscription["items"]["data"] for each in item["discounts"]
        ]
        aside = self._ledger.aside(customer, subscription, *discounts)
        if changes.get("discounts", [1]) is None:  # the SDK's `InvoiceCreatePreviewParams.discounts`: nothing inherited
            aside.get("customer", customer["id"])["discount"] = None
        engine = BillingEngine(aside, self._bills.aside(aside, subscription))
        copied = aside.get("subscription", subscription["id"])
        engine.subscriptions.update(copied, changes)
        drawn_up = engine.bills.drawn_up[copied["id"]]
        if drawn_up:
            return aside, _as_preview(drawn_up[0])
        due = min(item["current_period_end"] for item in copied["items"]["data"])
        ends = copied["cancel_at"] is not None and copied["cancel_at"] <= due
        if ends or copied["status"] in {"paused", "incomplete"}:
            raise _none(copied)
        with aside.at(due):
            return aside, _as_preview(engine.cycle.renew(copied))

    def starting(
        self,
        customer: Json,
        lines: Sequence[tuple[Json, int]],
        *,
        discounts: Sequence[dict[str, str]] = (),
        trial_end: int | None = None,
        tax_rates: Sequence[Json] = (),
        currency: str | None = None,
        automatic_tax: bool = False,
        items: Sequence[tuple[Sequence[Json], Sequence[Json]]] = (),
    ) -> tuple[Ledger, Json]:
        """Preview the first invoice of a subscription to these prices that would begin now.

        Raises:
            Refusal: a discount cannot be redeemed, the customer has something in another currency, or what they would
                pay cannot be charged.
        """
        currency = choose(customer, [price for price, _ in lines], currency)
        aside = self._ledger.aside(customer, *filter(None, [customer["discount"]]))
        engine = BillingEngine(aside, Bills(aside))
        coupons = engine.discounts.read_first(discounts, customer["id"], lines, currency)
        subscription = engine.signup.subscribe(
            aside.get("customer", customer["id"]),
            *lines,
            trial_end=trial_end,
            coupons=coupons,
            tax_rates=tax_rates,
            currency=currency,
            automatic_tax=automatic_tax,
            items=items,
            incomplete=True,
        )
        return aside, _as_preview(engine.bills.drawn_up[subscription["id"]][0])


def _as_preview(invoice: Json) -> Json:
    require_chargeable(invoice["amount_due"], invoice["currency"])
    identifier = f"upcoming_{invoice['id']}"
    for line in invoice["lines"]["data"]:
        line["invoice"] = identifier
    return invoice | {
        "id": identifier,
        "amount_paid": 0,
        "amount_remaining": invoice["amount_due"],
        "attempt_count": 0,
        "attempted": False,
        "billing_reason": "upcoming",
        "effective_at": None,
        "ending_balance": None,
        "lines": invoice["lines"] | {"url": f"/v1/invoices/{identifier}/lines"},
        "next_payment_attempt": invoice["created"] + HOUR,
        "number": None,
        "payments": invoice["payments"] | {"data": [], "url": f"/v1/invoices/{identifier}/payments"},
        "status": "draft",
        "status_transitions": dict.fromkeys(invoice["status_transitions"]),
    }


def _none(subscription: Json) -> Refusal:
    return Refusal(
        f"No upcoming invoices for customer: {subscription['customer']}", status=404, code="invoice_upcoming_none"
    )
