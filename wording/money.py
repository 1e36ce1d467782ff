"""Amounts in words: Stripe's minor units turned into what a person writes."""

import re
from decimal import Decimal

from babel import Locale
from babel.numbers import format_currency, get_currency_symbol

from domain.billing.monthly_value import MonthlyValue
from domain.money import Money, half_up

# Stripe: "Supported currencies", zero-decimal and three-decimal ones. ISK and UGX have no minor unit in daily life,
# but Stripe counts them in hundredths all the same ("Special cases"), so they are not listed here.
_ZERO = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
)
_THREE = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})

_HUNDREDS = frozenset({"isk", "ugx"})
"""Currencies without a fraction that Stripe counts in hundredths."""

_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


def digits(currency: str) -> int:
    """Return how many decimal digits Stripe's minor units of a currency stand for: 0, 2 or 3."""
    if currency in _ZERO:
        return 0
    return 3 if currency in _THREE else 2


def money(amount: Money, *, locale: str = "en") -> str:
    """Write an amount: "€49", "€49.50", "¥4,900", "KWD 4.900"; a fraction is shown in full or not at all.

    Krónur and Uganda shillings have no fractions, so an average of them is shown to the nearest whole one.
    """
    minor = Decimal(amount.minor)
    if amount.currency in _HUNDREDS:
        minor = 100 * Decimal(half_up(minor / 100))
    return decimal_money(minor, amount.currency, locale=locale)


def decimal_money(minor: Decimal, currency: str, *, locale: str = "en") -> str:
    """Write an amount that may have parts of a minor unit, as unit prices do: 0.25 cents are "$0.0025"."""
    places = digits(currency)
    value = minor.scaleb(-places)
    fraction = 0 if value == value.to_integral_value() else max(places, _places(value))
    code = currency.upper()
    babel_locale = Locale.parse(locale)
    pattern = babel_locale.currency_formats["standard"].pattern
    symbol = get_currency_symbol(code, locale=babel_locale)
    if symbol[-1].isalpha():  # CLDR's "alphaNextToNumber", which Babel does not know
        pattern = pattern.replace("¤#", f"¤{_NO_BREAK_SPACE}#")
    shown = pattern.replace("0.00", "0." + "0" * fraction if fraction else "0")
    return format_currency(value, code, format=shown, locale=babel_locale, currency_digits=False)


def per_month(amount: Money, *, locale: str = "en") -> str:
    """Write a monthly amount: "€49 a month"."""
    return f"{money(amount, locale=locale)} a month"


def monthly(value: MonthlyValue, *, locale: str = "en") -> str:
    """Return what a subscription brings a month.

    "€49 a month", "€49 a month plus usage", "usage-based", and where nothing is charged just now
    "€0 now, would be €49 a month". Where the prices include tax: "€41.18 a month without tax". What isn't known is no
    number: "value not known", "€49 a month, tax unknown".
    """
    if not value.known:
        return "value not known"
    if value.usage_based and not value.would_be.minor:
        return "usage-based"
    said = per_month(value.would_be, locale=locale) + (" without tax" if value.less_tax else "")
    said += " plus usage" if value.usage_based else ""
    if not value.tax_known:
        said += ", tax unknown"
    return said if value.now == value.would_be else f"{money(value.now, locale=locale)} now, would be {said}"


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


_AMOUNT = re.compile(r"(\d{1,9})(?:\.(\d+))?", re.ASCII)


class NotAnAmount(ValueError):
    """What was typed is no amount, or could mean two; the text says how to write it."""


def typed_money(text: str, currency: str) -> Money:
    """Read "49" or "49.50" as an amount of a currency, in its major units.

    Raises:
        NotAnAmount: anything else: a comma, a sign, an exponent, a symbol, too many or too few decimals, or an amount
            that Stripe can't charge.
    """
    places = 0 if currency in _HUNDREDS else digits(currency)
    example = "49" if places == 0 else f"49.{'5'.ljust(places, '0')}"
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or (found[2] is not None and len(found[2]) != places):
        decimals = "no decimals" if places == 0 else f"either no decimals or {places}"
        raise NotAnAmount(f"write {currency.upper()} as a plain number with {decimals}, like {example}")
    value = Decimal(text.strip()).scaleb(digits(currency))
    if not value:
        raise NotAnAmount(f"must be more than nothing, like {example}")
    typed = Money(int(value), currency)
    if not typed.is_chargeable:  # Stripe: Supported currencies, special cases
        raise NotAnAmount(f"Stripe charges {currency.upper()} only with 0 as the last decimal, like {example}")
    return typed
