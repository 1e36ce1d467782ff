"""Invoices: what they come to, what their payments were made of, and how those failed."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from billing.translate import Json, identifier, moment
from domain.money import Money
from flows.ports import FailedPayment, InvoicePreview, PaidInvoice

_SAYS_NOTHING = frozenset({"card_declined", "payment_intent_payment_attempt_failed", "payment_method_provider_decline"})
"""Error codes that only say that a payment failed."""


def preview(invoice: Json) -> InvoicePreview:
    """Translate a preview; its `period_end` is when the invoice is made out (Stripe: Create a preview invoice)."""
    currency = invoice["currency"]
    tax = sum(each["amount"] for each in invoice["total_taxes"] or () if each["tax_behavior"] == "exclusive")
    return InvoicePreview(
        due=Money(invoice["amount_due"], currency),
        due_at=moment(invoice["period_end"]),
        subtotal=Money(invoice["subtotal"], currency),
        discount=Money(sum(each["amount"] for each in invoice["total_discount_amounts"] or ()), currency),
        before_tax=Money(invoice["total"] - tax, currency),
        tax=Money(tax, currency) if tax else None,
    )


def paid_invoice(invoice: Json, *, refunded: int) -> PaidInvoice:
    """Translate a paid invoice of which `refunded` minor units went back; the tax in them is taken off in proportion.

    A refund that was made by a credit note shows in both, so the larger of the two counts.
    """
    total = invoice["total"]
    credited = max(refunded, invoice["post_payment_credit_notes_amount"])
    kept = total - invoice["pre_payment_credit_notes_amount"] - credited
    untaxed = Decimal(kept) * invoice["total_excluding_tax"] / total if total else Decimal()
    return PaidInvoice(id=invoice["id"], paid_at=paid_at(invoice), net=Money.rounded(untaxed, invoice["currency"]))


def taken_off(invoice: Json, coupon_id: str) -> int:
    """Return what a coupon took off an invoice whose `total_discount_amounts.discount` were expanded."""
    return sum(
        each["amount"]
        for each in invoice["total_discount_amounts"] or ()
        if identifier(each["discount"]["source"]["coupon"]) == coupon_id
    )


def paid_at(invoice: Json) -> datetime:
    """Return when an invoice was paid."""
    return moment(invoice["status_transitions"].get("paid_at") or invoice["created"])


def payment_ids(invoice: Json) -> Iterator[str]:
    """Return the payment intents and charges of an invoice whose `payments` were expanded."""
    for each in (invoice.get("payments") or {"data": ()})["data"]:
        for kind in ("payment_intent", "charge"):
            reference = identifier(each["payment"].get(kind))
            if reference is not None:
                yield reference


def failed_payment(invoice_payment: Json) -> FailedPayment | None:
    """Translate a payment that failed; None for one that did not, or whose cause Stripe doesn't tell.

    `payment.payment_intent.latest_charge` must have been expanded. A payment without an intent is a charge that
    succeeded (Stripe: The Invoice Payment object) and has no code.
    """
    intent = invoice_payment["payment"].get("payment_intent") or {}
    fault, charge = intent.get("last_payment_error") or {}, intent.get("latest_charge") or {}
    failed_charge = charge if charge.get("status") == "failed" else {}
    code = _code(fault, failed_charge)
    if code is None:
        return None
    method = (fault.get("payment_method") or {}).get("type")
    return FailedPayment(code=code, method=method or (failed_charge.get("payment_method_details") or {}).get("type"))


def _code(fault: Json, charge: Json) -> str | None:
    """Find the code that says most.

    What Stripe blocked, no bank declined: then the outcome's reason (Stripe: Understanding declines). Else the code
    nearest to the bank, and one that says only that a payment failed where there is no other.
    """
    outcome = charge.get("outcome") or {}
    nearest: list[str | None] = [fault.get("decline_code"), fault.get("code")]
    farther: list[str | None] = [outcome.get("reason"), charge.get("failure_code")]
    ordered = [*farther, *nearest] if outcome.get("type") == "blocked" else [*nearest, *farther]
    codes = [code for code in ordered if code]
    return next((code for code in codes if code not in _SAYS_NOTHING), next(iter(codes), None))
