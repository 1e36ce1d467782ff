"""What Stripe Tax makes of a subscription's items: read off its newest invoice, else off a preview of the next."""

from typing import TYPE_CHECKING

from billing.client import Client
from billing.translate import Json, identifier
from flows.failures import Refused

if TYPE_CHECKING:
    from stripe.params import InvoiceCreatePreviewParams, InvoiceCreatePreviewParamsSubscriptionDetails


async def find_taxes(client: Client, subscription: Json) -> None:
    """Give each item of a subscription its line's `taxes`; where no invoice shows them an item gets none.

    A line shows them if it is of the item's present price and comes to more than nothing.
    """
    if not subscription["automatic_tax"]["enabled"]:
        return
    invoice = subscription.get("latest_invoice")
    shown = _lines(invoice) if isinstance(invoice, dict) and invoice["status"] != "draft" else {}
    wanted = [
        _key(item) for item in subscription["items"]["data"] if item["price"]["recurring"]["usage_type"] == "licensed"
    ]
    if any(key not in shown for key in wanted) and subscription["status"] not in {"canceled", "incomplete_expired"}:
        shown = await _previewed(client, subscription) | shown
    for item in subscription["items"]["data"]:
        item["taxes"] = shown.get(_key(item))


def _key(item: Json) -> tuple[str, str]:
    return item["id"], item["price"]["id"]


def _lines(invoice: Json) -> dict[tuple[str, str], list[Json]]:
    """Find the taxes on an invoice's lines, by item and price."""
    shown: dict[tuple[str, str], list[Json]] = {}
    for line in invoice["lines"]["data"]:
        details = (line.get("parent") or {}).get("subscription_item_details") or {}
        bought = ((line.get("pricing") or {}).get("price_details") or {}).get("price")
        off = sum(each["amount"] for each in line.get("discount_amounts") or ())
        if details and not details.get("proration") and line["amount"] - off > 0:
            shown[details["subscription_item"], identifier(bought) or ""] = line.get("taxes") or []
    return shown


async def _previewed(client: Client, subscription: Json) -> dict[tuple[str, str], list[Json]]:
    details: InvoiceCreatePreviewParamsSubscriptionDetails = {}
    if subscription["cancel_at_period_end"]:  # what ends has no next invoice
        details["cancel_at_period_end"] = False
    elif subscription["cancel_at"] is not None:
        details["cancel_at"] = ""
    asked: InvoiceCreatePreviewParams = {"subscription": subscription["id"], "subscription_details": details}
    try:
        async with client.reading("preview an invoice"):
            invoice = await client.v1.invoices.create_preview_async(asked, {"max_network_retries": 0})
    except Refused:
        return {}
    return _lines(invoice.to_dict())
