"""Which English a customer reads dates and amounts in: the sentences are English, the formats their country's."""

from babel import Locale, UnknownLocaleError

from domain.billing.subscription import Customer
from wording.dates import DAY_FIRST


def locale_of(customer: Customer) -> str:
    """Say the English of a customer's preferred locale or country, e.g. "en_US" or "en_DE"; unknown: day first."""
    for tag in (customer.locale, customer.country and f"en-{customer.country}"):
        if tag and tag.lower().startswith("en-") and (known := _known(tag)):
            return known
    return DAY_FIRST


def _known(tag: str) -> str | None:
    try:
        return str(Locale.parse(tag, sep="-", resolve_likely_subtags=False))
    except (ValueError, UnknownLocaleError):
        return None
