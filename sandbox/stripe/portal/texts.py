"""How the portal says money, dates and reasons; deliberately its own, apart from the bot's."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from sandbox.stripe.currencies import priced_in
from sandbox.stripe.ledger import Json

NO_MINOR_UNIT = set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())  # noqa: SIM905  # one line
WHOLE = {"isk", "ugx"}
"""Kept in hundredths and never charged in them (Stripe: Supported currencies, special cases)."""
SYMBOLS = {"eur": "€", "gbp": "£", "jpy": "¥", "usd": "$"}
THOUSANDTHS = {"bhd", "jod", "kwd", "omr", "tnd"}
REASON_WORDS = {
    "customer_service": "Customer service was less than expected",
    "low_quality": "Quality was less than expected",
    "missing_features": "Some features are missing",
    "other": "Other reason",
    "switched_service": "I’m switching to a different service",
    "too_complex": "Ease of use was less than expected",
    "too_expensive": "It’s too expensive",
    "unused": "I don’t use the service enough",
}


def money(minor: int, currency: str) -> str:
    """Return an amount of minor units as people write it: €49.00, ¥7,500, KWD 4.900."""
    digits = 0 if currency in NO_MINOR_UNIT else 3 if currency in THOUSANDTHS else 2
    shown = 0 if currency in WHOLE else digits
    sign, symbol = "−" if minor < 0 else "", SYMBOLS.get(currency, f"{currency.upper()}\N{NO-BREAK SPACE}")
    return f"{sign}{symbol}{abs(Decimal(minor)).scaleb(-digits):,.{shown}f}"


def day(moment: int) -> str:
    """Return the day of a moment in Unix seconds."""
    return f"{datetime.fromtimestamp(moment, UTC):%d %B %Y}".lstrip("0")


def price_words(price: Json, currency: str) -> str:
    """Return what a price costs in a currency and how often."""
    recurring = price["recurring"]
    count = recurring["interval_count"]
    every = f"per {recurring['interval']}" if count == 1 else f"every {count} {recurring['interval']}s"
    if recurring["usage_type"] == "metered":
        return f"Billed by usage {every}"
    amount = priced_in(price, currency)["unit_amount"]
    return f"Billed by volume {every}" if amount is None else f"{money(amount, currency)} {every}"


FILTERS = {"money": money, "day": day, "price_words": price_words}
