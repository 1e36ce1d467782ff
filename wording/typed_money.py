"""Amounts that people type: read strictly, since a comma can mean a decimal point or a thousand."""

import re
from decimal import Decimal

from domain.money import Money
from wording.money import digits

_AMOUNT = re.compile(r"(\d{1,9})(?:\.(\d+))?", re.ASCII)


class NotAnAmount(ValueError):
    """What was typed is no amount, or could mean two; the text says how to write it."""


def typed_money(text: str, currency: str) -> Money:
    """Read "49" or "49.50" as an amount of a currency, in its major units.

    Raises:
        NotAnAmount: anything else: a comma, a sign, an exponent, a symbol, or too many or too few decimals.
    """
    places = digits(currency)
    example = "49" if places == 0 else f"49.{'5'.ljust(places, '0')}"
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or (found[2] is not None and len(found[2]) != places):
        decimals = "no decimals" if places == 0 else f"either no decimals or {places}"
        raise NotAnAmount(f"write {currency.upper()} as a plain number with {decimals}, like {example}")
    value = Decimal(text.strip()).scaleb(places)
    if not value:
        raise NotAnAmount(f"must be more than nothing, like {example}")
    return Money(int(value), currency)
