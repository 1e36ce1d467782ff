"""What invoices say: how much was paid, and why a payment was declined."""

from datetime import datetime, timedelta

from billing.client import Client, Part
from billing.translate import Json, identifier
from billing.translate.invoice import failed_payment, paid_at, paid_invoice, payment_ids, taken_off
from domain.cancellations.stored_case import Paid
from domain.ids import SubscriptionId
from domain.money import Money
from flows.ports import FailedPayment, PaidInvoice

CHARGED = ["data.payment.payment_intent.latest_charge"]
FINAL = frozenset({"open", "paid", "uncollectible"})
MOST = 100  # invoices read; Stripe's largest page
LONGEST_OPEN = timedelta(days=62)
"""How long after it was made an invoice may still be paid by a retry (Stripe: Smart Retries, two months at most)."""


class Invoices(Part):
    """Invoices, for the ports `Billing` and `OfferBilling`."""

    async def paid_so_far(self, subscription_id: SubscriptionId, *, currency: str, until: datetime) -> Paid:
        async with self._client.reading("list a subscription's paid invoices"):
            listed, _ = await self._client.read(
                "invoices", subscription=subscription_id, status="paid", limit=MOST, expand=["data.payments"]
            )
        invoices = [
            each
            for each in listed["data"]
            if each["currency"] == currency and each["amount_paid"] > 0 and paid_at(each) <= until
        ]
        refunds = await _refunds(self._client, invoices)
        kept = sum(each["amount_paid"] - refunds[each["id"]] for each in invoices)
        taxed = any(each["amount"] for invoice in invoices for each in invoice["total_taxes"] or ())
        return Paid(amount=Money(kept, currency), at_least=listed["has_more"], with_tax=taxed)

    async def discount_given(
        self, subscription_id: SubscriptionId, *, coupon_id: str, currency: str, since: datetime
    ) -> Money:
        async with self._client.reading("list a subscription's invoices"):
            listed = await self._client.v1.invoices.list_async(
                {
                    "subscription": subscription_id,
                    "created": {"gte": int(since.timestamp())},
                    "limit": MOST,
                    "expand": ["data.total_discount_amounts.discount"],
                }
            )
            found: list[Json] = [each.to_dict() async for each in listed.auto_paging_iter()]
        final = [invoice for invoice in found if invoice["status"] in FINAL]
        return Money(sum(taken_off(invoice, coupon_id) for invoice in final), currency)

    async def paid_invoices(self, subscription_id: SubscriptionId, *, since: datetime) -> tuple[PaidInvoice, ...]:
        async with self._client.reading("list a subscription's paid invoices"):
            listed = await self._client.v1.invoices.list_async(
                {
                    "subscription": subscription_id,
                    "status": "paid",
                    "created": {"gte": int((since - LONGEST_OPEN).timestamp())},
                    "limit": MOST,
                    "expand": ["data.payments"],
                }
            )
            found: list[Json] = [each.to_dict() async for each in listed.auto_paging_iter()]
        invoices = [invoice for invoice in found if invoice["total"] > 0 and paid_at(invoice) >= since]
        refunds = await _refunds(self._client, invoices)
        kept = (paid_invoice(invoice, refunded=refunds[invoice["id"]]) for invoice in invoices)
        return tuple(sorted((each for each in kept if each.net.minor > 0), key=lambda each: each.paid_at))

    async def failed_payment(self, invoice_id: str) -> FailedPayment | None:
        async with self._client.reading("list an invoice's payments"):
            payments = await self._client.v1.invoice_payments.list_async(
                {"invoice": invoice_id, "limit": 100, "expand": CHARGED}
            )
        newest = sorted(payments.data, key=lambda each: each.created, reverse=True)
        return next((failed for each in newest if (failed := failed_payment(each.to_dict()))), None)


async def _refunds(client: Client, invoices: list[Json]) -> dict[str, int]:
    """Add up what was refunded, by invoice, from the charges, where every way shows (Stripe: The Charge object)."""
    refunds = dict.fromkeys((invoice["id"] for invoice in invoices), 0)
    owner = identifier(invoices[0]["customer"]) if invoices else None
    if owner is None:
        return refunds
    invoice_of: dict[str | None, str] = {
        payment: invoice["id"] for invoice in invoices for payment in payment_ids(invoice)
    }
    since = min(invoice["created"] for invoice in invoices)
    async with client.reading("list a customer's charges"):
        async for charge in client.walk("charges", customer=owner, created={"gte": since}, limit=100):
            intent = identifier(charge.get("payment_intent"))
            invoice_id = invoice_of.get(charge["id"]) or invoice_of.get(intent)
            if invoice_id is not None:
                refunds[invoice_id] += charge["amount_refunded"]
    return refunds
