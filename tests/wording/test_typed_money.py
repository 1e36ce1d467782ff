"""Amounts that people type are read in one way only, or not at all."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.money import Money
from wording.money import NotAnAmount, digits, typed_money

CURRENCIES = st.sampled_from(["eur", "usd", "jpy", "kwd", "gbp"])


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("5", "eur", 500),
        ("5.00", "eur", 500),
        (" 49.50 ", "usd", 4950),
        ("0.01", "usd", 1),
        ("4900", "jpy", 4900),
        ("4.900", "kwd", 4900),
        ("1990", "isk", 199000),
        ("49", "ugx", 4900),
    ],
)
def test_plain_amounts_are_read(text: str, currency: str, minor: int) -> None:
    assert typed_money(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("5,00", "eur"),
        ("5.000", "eur"),
        ("5.0", "eur"),
        ("-5", "eur"),
        ("+5", "eur"),
        ("1e9", "eur"),
        ("€5", "eur"),
        ("5 EUR", "eur"),
        ("1 000", "eur"),
        ("1_000", "eur"),
        ("٥", "eur"),
        ("0", "eur"),
        ("0.00", "eur"),
        ("", "eur"),
        (".5", "eur"),
        ("5.", "eur"),
        ("nan", "eur"),
        ("1234567890", "eur"),
        ("49.50", "jpy"),
        ("4.90", "kwd"),
        ("4.905", "kwd"),
        ("49.50", "isk"),
        ("49.50", "ugx"),
    ],
)
def test_what_could_mean_two_amounts_or_none_is_a_fault_that_says_how_to_write_it(text: str, currency: str) -> None:
    with pytest.raises(NotAnAmount, match=r"like \d"):
        typed_money(text, currency)


@given(minor=st.integers(1, 99_999_999), currency=CURRENCIES)
def test_every_amount_can_be_typed(minor: int, currency: str) -> None:
    places = digits(currency)
    minor -= minor % 10 if places == 3 else 0
    assume(minor)
    text = f"{minor // 10**places}.{minor % 10**places:0{places}}" if places else str(minor)
    assert typed_money(text, currency) == Money(minor, currency)
