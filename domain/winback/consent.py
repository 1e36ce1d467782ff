"""Whether we may send a customer marketing email: their own consent, their country's law, or an earlier purchase."""

from datetime import UTC, date, datetime
from typing import Literal

from domain.billing.periods import add_months
from domain.billing.subscription import Customer
from domain.winback.policy import Consent

ConsentState = Literal["given", "not_needed", "missing", "ended"]

_CANADIAN_MONTHS = 24
"""Consent that a purchase implies lasts two years in Canada (CASL, section 10(10))."""


def consent_of(customer: Customer, consent: Consent, *, left_at: datetime | None, now: datetime) -> ConsentState:
    """Return whether a customer consents to marketing email.

    The customer's own "yes" counts everywhere. A soft opt-in is a "yes" or the date of the last purchase. In Canada,
    and if the country is unknown, it ends two years after that date, or else after `left_at` (None: still a customer).
    """
    if _is_yes(customer, consent.key, consent):
        return "given"
    if customer.country in consent.not_needed:
        return "not_needed"
    bought_at = _date(customer.metadata.get(consent.soft_opt_in_key, ""))
    if bought_at is None and not _is_yes(customer, consent.soft_opt_in_key, consent):
        return "missing"
    if bought_at is not None and bought_at > now:
        return "missing"
    since = bought_at or left_at
    if customer.country in {None, "CA"} and since is not None and add_months(since, _CANADIAN_MONTHS) <= now:
        return "ended"
    return "given"


def _is_yes(customer: Customer, key: str, consent: Consent) -> bool:
    yes = {value.casefold() for value in consent.yes}
    return customer.metadata.get(key, "").strip().casefold() in yes


def _date(text: str) -> datetime | None:
    """Return the start of a day (ISO 8601), or None if this isn't one."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
