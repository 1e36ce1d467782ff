"""Taxes: the rates that a line of an invoice is taxed by, given by hand or found by Stripe Tax."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from sandbox.stripe.currencies import priced_in
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json, Ledger

COLLECTED: dict[str, float] = {
    "AT": 20, "AU": 10, "BE": 21, "CH": 8.1, "DE": 19, "DK": 25, "ES": 21, "FI": 25.5, "FR": 20, "GB": 20, "HU": 27,
    "IE": 23, "IT": 22, "JP": 10, "NL": 21, "NO": 25, "NZ": 15, "PL": 23, "PT": 23, "SE": 25,
}  # fmt: skip
"""Percent of tax where the account is registered for Stripe Tax, by country; nothing is collected elsewhere."""
EXEMPT = {"exempt": "customer_exempt", "reverse": "reverse_charge"}
"""Why a customer pays no tax, by `tax_exempt`."""


class Rate(NamedTuple):
    """One tax on a line, in percent; `reason` is its `taxability_reason`."""

    id: str
    percentage: Decimal
    inclusive: bool
    reason: str


def rates_of(ledger: Ledger, subscription: Json, price: Json, own: Sequence[Json]) -> list[Rate]:
    """Return what a price is taxed by in a subscription, an item's `own` rates going before the subscription's.

    An exempt customer pays the full price, whether or not tax is included (Stripe: Tax exemptions and reverse charge).
    """
    customer = ledger.get("customer", subscription["customer"])
    exempt = EXEMPT.get(customer["tax_exempt"])
    if subscription["automatic_tax"]["enabled"]:
        rates = [_stripe_tax(ledger, customer, price, subscription["currency"])] if located(customer) else []
    else:
        rates = [
            Rate(each["id"], Decimal(str(each["percentage"])), each["inclusive"], "not_available")
            for each in own or subscription["default_tax_rates"]
        ]
    return [rate._replace(percentage=Decimal(0), reason=exempt) for rate in rates] if exempt else rates


def located(customer: Json) -> bool:
    """Return whether Stripe Tax knows where a customer is."""
    return bool((customer["address"] or {}).get("country"))


def require_location(customer: Json) -> None:
    """Let a customer be taxed by Stripe Tax.

    Raises:
        Refusal: they have no address.
    """
    if not located(customer):
        raise Refusal(
            "The customer's location isn't recognized. Set a valid customer address in order to automatically "
            "calculate tax.",
            code="customer_tax_location_invalid",
        )


def tax_rates(ledger: Ledger, identifiers: Sequence[str]) -> list[Json]:
    """Find tax rates by their ids.

    Raises:
        Refusal: there is no such rate.
    """
    return [ledger.get("tax_rate", each, param=f"default_tax_rates[{index}]") for index, each in enumerate(identifiers)]


def tax_rate(ledger: Ledger, identifier: str, percentage: float, country: str, name: str, *, inclusive: bool) -> Json:
    """Shape a tax rate."""
    return {
        "id": identifier,
        "object": "tax_rate",
        "active": True,
        "country": country,
        "created": ledger.now,
        "description": None,
        "display_name": name,
        "effective_percentage": percentage,
        "flat_amount": None,
        "inclusive": inclusive,
        "jurisdiction": country,
        "jurisdiction_level": "country",
        "livemode": ledger.livemode,
        "metadata": {},
        "percentage": percentage,
        "rate_type": "percentage",
        "state": None,
        "tax_type": "vat",
    }


def _stripe_tax(ledger: Ledger, customer: Json, price: Json, currency: str) -> Rate:
    country = customer["address"]["country"]
    inclusive = _includes_tax(ledger, price, currency)
    identifier = f"txr_Automatic{country}{'In' if inclusive else 'OnTop'}"
    percentage = COLLECTED.get(country, 0)
    if identifier not in ledger.objects["tax_rate"]:
        ledger.add(tax_rate(ledger, identifier, percentage, country, "VAT", inclusive=inclusive))
    reason = "standard_rated" if country in COLLECTED else "not_collecting"
    return Rate(identifier, Decimal(str(percentage)), inclusive, reason)


def _includes_tax(ledger: Ledger, price: Json, currency: str) -> bool:
    """Decide by the price, else by the account's default.

    "Inferred by currency" puts tax on top of US and Canadian dollars and into all else (Stripe: Specify tax behavior).
    """
    behavior = priced_in(price, currency).get("tax_behavior") or "unspecified"
    if behavior == "unspecified":
        behavior = ledger.tax_settings["defaults"]["tax_behavior"]
    return currency not in {"usd", "cad"} if behavior == "inferred_by_currency" else bool(behavior == "inclusive")
