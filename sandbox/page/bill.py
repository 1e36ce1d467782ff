"""Discounts, promotion codes and invoices in the page's words."""

from typing import Any

from sandbox.page.plan import day, money
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json, Ledger
from sandbox.stripe.previews import Previews
from sandbox.stripe.reductions import running


def coupon_words(coupon: Json) -> str:
    """Return a coupon's terms, as in `20% off for 3 months`."""
    off = money(coupon["amount_off"], coupon["currency"]) if coupon["amount_off"] else f"{coupon['percent_off']:g}%"
    months = coupon["duration_in_months"]
    how_long = {
        "forever": "forever",
        "once": "one invoice",
        "repeating": f"for {months} month{'' if months == 1 else 's'}",
    }
    return f"{off} off {how_long[coupon['duration']]}"


def discounts_words(ledger: Ledger, subscription: Json) -> list[str]:
    """Return what runs on a subscription: its discounts, then its taxes."""
    told = []
    for discount in (ledger.get("discount", each) for each in running(ledger, subscription)):
        coupon = ledger.get("coupon", discount["source"]["coupon"])
        until = f", until {day(discount['end'])}" if discount["end"] else ""
        told.append(f"{coupon_words(coupon)}{until} ({coupon['name'] or coupon['id']})")
    return told + [
        f"{'with' if rate['inclusive'] else 'plus'} {rate['percentage']:g}% {rate['display_name']}"
        for rate in subscription["default_tax_rates"]
    ]


def code_words(ledger: Ledger, code: Json) -> dict[str, Any]:
    """Return a promotion code for the template."""
    most = code["max_redemptions"]
    return {
        "code": code["code"],
        "terms": coupon_words(ledger.get("coupon", code["promotion"]["coupon"])),
        "used": f"used {code['times_redeemed']}{'' if most is None else f' of {most}'} times",
        "until": day(code["expires_at"]),
        "status": "active" if code["active"] else "over",
    }


def invoice_words(invoice: Json) -> dict[str, str]:
    """Return an invoice for the template; `made_of` says what its total is made of, if it is more than a price."""
    currency = invoice["currency"]
    off = sum(each["amount"] for each in invoice["total_discount_amounts"])
    taxes = {
        behavior: sum(each["amount"] for each in invoice["total_taxes"] if each["tax_behavior"] == behavior)
        for behavior in ("exclusive", "inclusive")
    }
    parts = [
        f"less {money(off, currency)}" if off else "",
        f"plus {money(taxes['exclusive'], currency)} tax" if taxes["exclusive"] else "",
        f"{money(taxes['inclusive'], currency)} of it tax" if taxes["inclusive"] else "",
        f"{money(invoice['amount_due'], currency)} due" if invoice["amount_due"] != invoice["total"] else "",
    ]
    return {
        "id": invoice["id"],
        "on": day(invoice["created"]),
        "total": money(invoice["total"], currency),
        "made_of": ", ".join([money(invoice["subtotal"], currency), *filter(None, parts)]) if any(parts) else "",
        "status": invoice["status"] or "",
    }


def upcoming_words(previews: Previews, subscription: Json) -> dict[str, str] | None:
    """Return a subscription's next invoice for the template; None if none will come."""
    try:
        _, invoice = previews.upcoming(subscription, {})
    except Refusal:
        return None
    return invoice_words(invoice)
