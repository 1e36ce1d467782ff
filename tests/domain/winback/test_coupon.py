"""A coupon's name follows from its terms."""

from decimal import Decimal

import pytest

from domain.money import Money
from domain.winback.terms import CouponTerms, coupon_for


@pytest.mark.parametrize(
    ("percent", "amount", "months", "name"),
    [
        ("20", None, 3, "winback-20pct-3m"),
        ("20.00", None, 3, "winback-20pct-3m"),
        ("12.5", None, None, "winback-12-5pct-once"),
        ("100", None, 2, "winback-100pct-2m"),
        (None, Money(500, "eur"), None, "winback-500eur-once"),
        (None, Money(500, "jpy"), 3, "winback-500jpy-3m"),
    ],
)
def test_the_same_terms_have_the_same_name(
    percent: str | None, amount: Money | None, months: int | None, name: str
) -> None:
    off = None if percent is None else Decimal(percent)
    assert coupon_for(percent=off, amount=amount, months=months) == CouponTerms(
        id=name, percent_off=off, amount_off=amount, duration="repeating" if months else "once", months=months
    )
