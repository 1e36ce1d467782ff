"""What invoices tell: money paid so far, and why a payment was declined."""

from datetime import datetime

from billing.client import Client
from billing.translate import Json, identifier, moment
from billing.translate.invoice import decline_code, payment_ids
from domain.card import Paid
from domain.ids import SubscriptionId
from domain.money import Money

CHARGED = ["data.payment.payment_intent.latest_charge"]
MOST = 100  # invoices read; Stripe's largest page


async def paid(client: Client, subscription_id: SubscriptionId, *, currency: str, until: datetime) -> Paid:
    """Add up a subscription's newest 100 paid invoices of one currency, less what was refunded on their payments.

    What was paid after `until` is left out, so that the sum does not depend on when it is asked for.

    Raises:
        Refused, Unavailable: as any read.
    """
    async with client.reading("list a subscription's paid invoices"):
        listed = await client.v1.invoices.list_async(
            {"subscription": subscription_id, "status": "paid", "limit": MOST, "expand": ["data.payments"]}
        )
    invoices = [
        each.to_dict()
        for each in listed.data
        if each.currency == currency
        and each.amount_paid > 0
        and moment(each.status_transitions.paid_at or each.created) <= until
    ]
    kept = sum(each["amount_paid"] for each in invoices) - await _refunded(client, invoices)
    return Paid(amount=Money(kept, currency), at_least=listed.has_more)


async def _refunded(client: Client, invoices: list[Json]) -> int:
    """Add up refunds by the charges, where every way of refunding shows (Stripe: The Charge object)."""
    owner = identifier(invoices[0]["customer"]) if invoices else None
    if owner is None:
        return 0
    payments = {payment for invoice in invoices for payment in payment_ids(invoice)}
    since = min(invoice["created"] for invoice in invoices)
    async with client.reading("list a customer's charges"):
        charges = await client.v1.charges.list_async({"customer": owner, "created": {"gte": since}, "limit": 100})
        return sum(
            [
                charge.amount_refunded
                async for charge in charges.auto_paging_iter()
                if charge.id in payments or identifier(charge.to_dict().get("payment_intent")) in payments
            ]
        )


async def newest_decline(client: Client, invoice_id: str) -> str | None:
    """Say in Stripe's code why the newest payment of an invoice was declined; None where none was, or it is unknown.

    Raises:
        Refused, Unavailable: as any read.
    """
    async with client.reading("list an invoice's payments"):
        payments = await client.v1.invoice_payments.list_async({"invoice": invoice_id, "limit": 100, "expand": CHARGED})
    newest = sorted(payments.data, key=lambda each: each.created, reverse=True)
    return next((code for each in newest if (code := decline_code(each.to_dict()))), None)
