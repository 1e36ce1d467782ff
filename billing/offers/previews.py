"""What Stripe itself says the first invoice of an offer will be; asking changes nothing."""

from typing import TYPE_CHECKING

from billing import subscriptions
from billing.client import Client, Part
from billing.offers.resubscription import Line, Resubscription, resubscription
from billing.translate.change import accepting
from billing.translate.invoice import preview as translated
from domain.ids import SubscriptionId
from domain.winback.terms import OfferTerms
from flows.ports import InvoicePreview

if TYPE_CHECKING:
    from stripe.params import (
        InvoiceCreatePreviewParams,
        InvoiceCreatePreviewParamsSubscriptionDetails,
        InvoiceCreatePreviewParamsSubscriptionDetailsItem,
    )


class Previews(Part):
    """Previews, for the port `OfferBilling`."""

    async def preview(self, subscription_id: SubscriptionId, terms: OfferTerms) -> InvoicePreview:
        if terms.way == "checkout":
            new = await resubscription(self._client, subscription_id, terms)
            asked = _starting(new, terms)
        else:
            asked = await _going_on(self._client, subscription_id, terms)
        async with self._client.reading("preview an invoice"):
            invoice = await self._client.v1.invoices.create_preview_async(asked, {"max_network_retries": 0})
        return translated(invoice.to_dict())


async def _going_on(client: Client, subscription_id: SubscriptionId, terms: OfferTerms) -> "InvoiceCreatePreviewParams":
    """Ask for the next invoice as it will be after the update that accepting makes."""
    answer = await subscriptions.read(client, subscription_id)
    changes = accepting(answer.to_dict(), terms)
    details: InvoiceCreatePreviewParamsSubscriptionDetails = {}
    if "cancel_at" in changes:
        details["cancel_at"] = changes["cancel_at"]
    if "cancel_at_period_end" in changes:
        details["cancel_at_period_end"] = changes["cancel_at_period_end"]
    if "trial_end" in changes:
        details["trial_end"] = changes["trial_end"]
    if "items" in changes:
        details["items"] = changes["items"]
    if "proration_behavior" in changes:
        details["proration_behavior"] = changes["proration_behavior"]
    asked: InvoiceCreatePreviewParams = {"subscription": subscription_id, "subscription_details": details}
    if "discounts" in changes:
        asked["discounts"] = changes["discounts"]
    return asked


def _starting(new: Resubscription, terms: OfferTerms) -> "InvoiceCreatePreviewParams":
    """Ask for the first invoice of the subscription that Checkout will start.

    Without an address Stripe Tax refuses every preview; Checkout asks for one, so tax is left open until then.
    """
    details: InvoiceCreatePreviewParamsSubscriptionDetails = {"items": [_item(line) for line in new.lines]}
    if new.tax_rates:
        details["default_tax_rates"] = list(new.tax_rates)
    asked: InvoiceCreatePreviewParams = {
        "customer": new.customer_id,
        "currency": new.currency,
        "subscription_details": details,
    }
    if terms.coupon is not None:
        asked["discounts"] = [{"coupon": terms.coupon.id}]
    if new.automatic_tax and not new.needs_address:
        asked["automatic_tax"] = {"enabled": True}
    return asked


def _item(line: Line) -> "InvoiceCreatePreviewParamsSubscriptionDetailsItem":
    item: InvoiceCreatePreviewParamsSubscriptionDetailsItem = {"price": line.price_id}
    if line.quantity is not None:
        item["quantity"] = line.quantity
    if line.tax_rates:
        item["tax_rates"] = list(line.tax_rates)
    return item
