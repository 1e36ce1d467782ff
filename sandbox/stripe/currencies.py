"""Currencies: which one a customer pays in, and which amounts of it can be charged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import OVER, Json, Ledger

LAST_DIGITS = {"isk": 100, "ugx": 100, "bhd": 10, "jod": 10, "kwd": 10, "omr": 10, "tnd": 10}
"""What an amount in minor units must be a multiple of (Stripe: Supported currencies, special cases)."""


def chargeable(amount: int, currency: str) -> bool:
    """Return whether an amount in minor units can be charged."""
    return amount % LAST_DIGITS.get(currency, 1) == 0


def require_chargeable(amount: int, currency: str, *, param: str | None = None) -> None:
    """Let an amount pass.

    Raises:
        Refusal: it cannot be charged in this currency. ASSUMED[uneven-amounts]: also by a preview.
    """
    if not chargeable(amount, currency):
        raise Refusal(
            f"Invalid amount: {amount} {currency} is not a multiple of {LAST_DIGITS[currency]}.",
            code="invalid_charge_amount",
            param=param,
        )


def offered(price: Json) -> list[str]:
    """Return the currencies that a price is sold in, its own first."""
    return list(dict.fromkeys([price["currency"], *price["currency_options"]]))


def priced_in(price: Json, currency: str) -> Mapping[str, Any]:
    """Return what a price is in one of its currencies: `unit_amount_decimal`, `tiers`, `tax_behavior` and so on."""
    found: Mapping[str, Any] = price if currency == price["currency"] else price["currency_options"][currency]
    return found


def choose(customer: Json, prices: Iterable[Json], asked: str | None) -> str:
    """Return what a new subscription is paid in.

    That is what is asked for, else the customer's currency where all prices are sold in it (the SDK's
    `InvoiceCreatePreviewParams.currency`: "Defaults to that of `customer` if not specified"), else the first price's.
    """
    every = list(prices)
    if asked is not None:
        return asked
    if customer["currency"] and all(customer["currency"] in offered(price) for price in every):
        return str(customer["currency"])
    return str(every[0]["currency"])


def require_one_currency(ledger: Ledger, customer: Json, currency: str) -> None:
    """Let a customer begin something in a currency.

    Raises:
        Refusal: something of theirs that is not over is in another one (Stripe: Multi-currency customers).
    """
    for subscription in ledger.all("subscription", customer=customer["id"]):
        if subscription["status"] not in OVER and subscription["currency"] != currency:
            raise Refusal(
                "You cannot combine currencies on a single customer. This customer has an active subscription, "
                "subscription schedule, discount, quote, or invoice item with currency "
                f"{subscription['currency']}."
            )
