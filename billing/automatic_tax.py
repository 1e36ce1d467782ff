"""What Stripe Tax makes of a subscription's items: read off its newest invoice, else off a preview of the next."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from billing.client import Client
from billing.translate import Json, identifier
from flows.failures import Refused

if TYPE_CHECKING:
    from stripe.params import InvoiceCreatePreviewParams, InvoiceCreatePreviewParamsSubscriptionDetails


_TELLING = 1000
"""Minor units from which the tax on a line tells its percentage to a tenth."""


async def find_taxes(client: Client, subscription: Json) -> None:
    """Give each item of a subscription the `taxes` of its newest line; where nothing shows them an item gets none.

    A line shows them if it is of the item's present price and comes to more than nothing. Those of the newest invoice
    go first, then those of a preview without discounts, then those of earlier invoices. Items that are due on different
    days have no next invoice in common; they are all on the one that a reset of the billing cycle would cause.
    """
    if not subscription["automatic_tax"]["enabled"]:
        return
    items = subscription["items"]["data"]
    wanted = {_key(item) for item in items if _is_billed(item)}
    invoice = subscription.get("latest_invoice")
    newest = [invoice] if isinstance(invoice, dict) else []
    shown = _lines(newest, least=_TELLING)
    if not wanted <= shown.keys() and subscription["status"] not in {"canceled", "incomplete_expired"}:
        shown = _lines(await _preview(client, subscription)) | shown
    if not wanted <= shown.keys() and _may_reset(subscription):
        shown = _lines(await _preview(client, subscription, reset=True)) | shown
    if not wanted <= shown.keys():
        shown = _lines(newest) | _lines(await _earlier(client, subscription)) | shown
    for item in items:
        item["taxes"] = shown.get(_key(item))


def _may_reset(subscription: Json) -> bool:
    """Return whether items are due on different days, of a subscription that is billed."""
    return (
        subscription["schedule"] is None
        and subscription["status"] in {"active", "past_due"}
        and len({item["current_period_end"] for item in subscription["items"]["data"]}) > 1
    )


def _is_billed(item: Json) -> bool:
    """Return whether an item's lines come to something; the first tier's flat fee is due at a quantity of 0, too."""
    tiered = item["price"]["billing_scheme"] == "tiered"
    return item["price"]["recurring"]["usage_type"] == "licensed" and (tiered or bool(item["quantity"]))


def _key(item: Json) -> tuple[str, str]:
    return item["id"], item["price"]["id"]


def _lines(invoices: Iterable[Json], *, least: int = 1) -> dict[tuple[str, str], list[Json]]:
    """Find the taxes on the lines of at least so many minor units, the newest invoice first, by item and price."""
    shown: dict[tuple[str, str], list[Json]] = {}
    for line in (
        line
        for invoice in invoices
        if invoice["status"] != "draft" or invoice["billing_reason"] == "upcoming"
        for line in invoice["lines"]["data"]
    ):
        details = (line.get("parent") or {}).get("subscription_item_details") or {}
        bought = ((line.get("pricing") or {}).get("price_details") or {}).get("price")
        off = sum(each["amount"] for each in line.get("discount_amounts") or ())
        if details and not details.get("proration") and line["amount"] - off >= least:
            shown.setdefault((details["subscription_item"], identifier(bought) or ""), line.get("taxes") or [])
    return shown


async def _earlier(client: Client, subscription: Json) -> list[Json]:
    """List a subscription's newest 100 invoices."""
    async with client.reading("list a subscription's invoices"):
        listed = await client.v1.invoices.list_async({"subscription": subscription["id"], "limit": 100})
    return [each.to_dict() for each in listed.data]


async def _preview(client: Client, subscription: Json, *, reset: bool = False) -> list[Json]:
    """Preview a subscription's next invoice at full prices, if there is one, or that of a reset billing cycle."""
    details: InvoiceCreatePreviewParamsSubscriptionDetails = {}
    if subscription["schedule"] is None:  # else Stripe refuses to preview other items or another end
        discounted = [item["id"] for item in subscription["items"]["data"] if item["discounts"]]
        if discounted:
            details["items"] = [{"id": each, "discounts": ""} for each in discounted]
        if subscription["cancel_at_period_end"]:  # what ends has no next invoice
            details["cancel_at_period_end"] = False
        elif subscription["cancel_at"] is not None:
            details["cancel_at"] = ""
    if reset:
        details |= {"billing_cycle_anchor": {"type": "now"}, "proration_behavior": "none"}
    asked: InvoiceCreatePreviewParams = {
        "subscription": subscription["id"],
        "subscription_details": details,
        "discounts": "",
    }
    try:
        async with client.reading("preview an invoice"):
            invoice = await client.v1.invoices.create_preview_async(asked, {"max_network_retries": 0})
    except Refused:
        return []
    return [invoice.to_dict()]
