"""Subscriptions and money in the page's words."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sandbox.stripe.currencies import priced_in
from sandbox.stripe.ledger import Json

# Stripe: "Supported currencies"; all others have two decimals.
_DECIMALS = dict.fromkeys(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"), 0
) | dict.fromkeys(("bhd", "jod", "kwd", "omr", "tnd"), 3)
_WHOLE = {"isk", "ugx"}  # kept in hundredths, never charged in them
_SYMBOLS = {"eur": "€", "gbp": "£", "jpy": "¥", "usd": "$"}


def money(minor: int | str | Decimal, currency: str) -> str:
    """Write an amount of minor units as people do: €1,234.50, ¥7,500, KWD 4.900; fractions of a minor unit stay."""
    decimals = _DECIMALS.get(currency, 2)
    amount = abs(Decimal(minor)).scaleb(-decimals)
    shown = max(0 if currency in _WHOLE else decimals, -int(amount.normalize().as_tuple().exponent))
    symbol = _SYMBOLS.get(currency, f"{currency.upper()}\N{NO-BREAK SPACE}")
    return f"{'−' if Decimal(minor) < 0 else ''}{symbol}{amount:,.{shown}f}"


def day(seconds: int | None) -> str:
    """Write a Unix moment's day in UTC; nothing for none."""
    if seconds is None:
        return ""
    at = datetime.fromtimestamp(seconds, tz=UTC)
    return f"{at.day} {at:%b %Y}"


def price_words(price: Json, quantity: int | None, currency: str, products: dict[str, Json]) -> str:
    """Return what is sold and for how much, as in `Pro, 3 × €49.00 a month`."""
    product = products.get(price["product"], {}).get("name", price["product"])
    recurring = price["recurring"]
    count = recurring["interval_count"]
    every = f"a {recurring['interval']}" if count == 1 else f"every {count} {recurring['interval']}s"
    if recurring["usage_type"] == "metered":
        return f"{product}, by usage, {every}"
    if price.get("billing_scheme") == "tiered":
        return f"{product}, {quantity} in tiers, {every}"
    each = money(priced_in(price, currency)["unit_amount_decimal"] or 0, currency)
    many = f"{quantity} × " if quantity not in (None, 1) else ""
    return f"{product}, {many}{each} {every}"


def subscription_words(subscription: Json, products: dict[str, Json]) -> dict[str, Any]:
    """Return a subscription for the template: plan, state and what lies ahead."""
    items = subscription["items"]["data"]
    return {
        "id": subscription["id"],
        "plan": "; ".join(
            price_words(item["price"], item.get("quantity"), subscription["currency"], products) for item in items
        ),
        "status": subscription["status"],
        "mode": subscription["billing_mode"]["type"],
        "since": day(subscription["start_date"]),
        "until": day(max((item["current_period_end"] for item in items), default=None)),
        "ends": day(subscription["cancel_at"]) if not subscription["ended_at"] else "",
        "ended": day(subscription["ended_at"]),
        "is_over": subscription["status"] in {"canceled", "incomplete_expired"},
        "is_paused": subscription["pause_collection"] is not None,
        "feedback": subscription["cancellation_details"]["feedback"] or "",
        "comment": subscription["cancellation_details"]["comment"] or "",
    }
