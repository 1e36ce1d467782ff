from decimal import Decimal

import pytest

from domain.billing.monthly_value import MonthlyValue
from domain.money import Money
from wording.money import decimal_money, money, monthly, per_month


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [
        (4900, "eur", "€49"),
        (4950, "eur", "€49.50"),
        (0, "eur", "€0"),
        (-1250, "usd", "-$12.50"),
        (123456789, "usd", "$1,234,567.89"),
        (1200, "cad", "CA$12"),
        (4900, "jpy", "¥4,900"),
        (4900, "krw", "₩4,900"),
        (4900, "kwd", "KWD\xa04.900"),
        (5000, "bhd", "BHD\xa05"),
        (123400, "isk", "ISK\xa01,234"),  # Stripe counts it in hundredths
        (500000, "ugx", "UGX\xa05,000"),  # and this one too
        (165833, "isk", "ISK\xa01,658"),
        (165850, "ugx", "UGX\xa01,659"),
        (2500, "chf", "CHF\xa025"),
        (99050, "huf", "HUF\xa0990.50"),
        (100, "zzz", "ZZZ\xa01"),  # a currency that nobody knows yet
    ],
)
def test_an_amount_is_written_as_a_person_would(minor: int, currency: str, expected: str) -> None:
    assert money(Money(minor, currency)) == expected


def test_an_amount_is_written_as_in_the_readers_country() -> None:
    assert money(Money(123450, "eur"), locale="de_DE") == "1.234,50\xa0€"
    assert money(Money(123450, "eur"), locale="en_DE") == "1.234,50\xa0€"
    assert money(Money(4900, "jpy"), locale="de_DE") == "4.900\xa0¥"


def test_parts_of_a_minor_unit_are_shown() -> None:
    assert decimal_money(Decimal("0.25"), "usd") == "$0.0025"
    assert decimal_money(Decimal(4900), "eur") == "€49"
    assert decimal_money(Decimal("1E+3"), "eur") == "€10"


def test_a_monthly_amount_says_so() -> None:
    assert per_month(Money(4900, "eur")) == "€49 a month"


@pytest.mark.parametrize(
    ("now", "would_be", "usage_based", "expected"),
    [
        (4900, 4900, False, "€49 a month"),
        (4900, 4900, True, "€49 a month plus usage"),
        (0, 0, True, "usage-based"),
        (0, 4900, False, "€0 now, would be €49 a month"),
        (0, 0, False, "€0 a month"),
    ],
)
def test_a_monthly_value_names_what_it_holds(now: int, would_be: int, usage_based: bool, expected: str) -> None:
    value = MonthlyValue(now=Money(now, "eur"), would_be=Money(would_be, "eur"), usage_based=usage_based)
    assert monthly(value) == expected


def test_what_is_not_known_of_a_monthly_value_is_told() -> None:
    value = MonthlyValue(now=Money(4900, "eur"), would_be=Money(4900, "eur"), usage_based=False, tax_known=False)
    assert monthly(value) == "€49 a month, tax unknown"
    net = MonthlyValue(now=Money(0, "eur"), would_be=Money(4118, "eur"), usage_based=True, less_tax=True)
    assert monthly(net) == "€0 now, would be €41.18 a month without tax plus usage"
    nothing = MonthlyValue(now=Money(0, "eur"), would_be=Money(0, "eur"), usage_based=True, known=False)
    assert monthly(nothing) == "value not known"
