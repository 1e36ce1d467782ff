"""Invoices' payments: what they were made of, and how they failed."""

from collections.abc import Iterator

from billing.translate import Json, identifier


def payment_ids(invoice: Json) -> Iterator[str]:
    """Name the payment intents and charges of an invoice whose `payments` were expanded."""
    for each in (invoice.get("payments") or {"data": ()})["data"]:
        for kind in ("payment_intent", "charge"):
            reference = identifier(each["payment"].get(kind))
            if reference is not None:
                yield reference


def decline_code(invoice_payment: Json) -> str | None:
    """Find the code nearest to the bank: the payment intent's last error, else its newest charge's outcome.

    `payment.payment_intent.latest_charge` must have been expanded. A payment without an intent is a charge that
    succeeded (Stripe: The Invoice Payment object) and has no code.
    """
    intent = invoice_payment["payment"].get("payment_intent") or {}
    fault = intent.get("last_payment_error") or {}
    code: str | None = fault.get("decline_code") or fault.get("code") or _failure(intent.get("latest_charge") or {})
    return code


def _failure(charge: Json) -> str | None:
    if charge.get("status") != "failed":
        return None
    return (charge.get("outcome") or {}).get("reason") or charge.get("failure_code")
