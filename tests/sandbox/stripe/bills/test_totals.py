"""What discounts and taxes make of an invoice's lines."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.stripe.ledger import Json
from sandbox.stripe.taxes import Rate
from sandbox.stripe.totals import Charge, reckon

VAT = Rate("txr_1", Decimal(19), inclusive=False, reason="not_available")
INSIDE = VAT._replace(id="txr_2", inclusive=True)


def line(amount: int, product: str = "prod_pro", *, discountable: bool = True) -> Json:
    return {
        "amount": amount,
        "discount_amounts": [],
        "discountable": discountable,
        "pricing": {"price_details": {"product": product}},
    }


def percent(off: float, **more: Any) -> Json:
    return {"percent_off": off, "amount_off": None, **more}


def amount(off: int, **more: Any) -> Json:
    return {"percent_off": None, "amount_off": off, **more}


def summed(lines: list[Json], coupons: list[Json], rates: list[Rate]) -> tuple[int, list[int], list[int], int]:
    charges = [Charge(each, rates=rates) for each in lines]
    totals = reckon(charges, [(f"di_{index}", each) for index, each in enumerate(coupons)])
    off = [each["amount"] for each in totals.discounts]
    return totals.subtotal, off, [each["amount"] for each in totals.taxes], totals.total


@pytest.mark.parametrize(
    ("lines", "coupons", "rates", "off", "taxes", "total"),
    [
        ([line(4900)], [], [], [], [], 4900),
        ([line(4900)], [percent(20)], [], [980], [], 3920),
        ([line(4900)], [percent(12.5)], [], [613], [], 4287),  # 612.5 goes up
        ([line(4900)], [percent(100)], [VAT], [4900], [0], 0),
        ([line(4900)], [amount(9000)], [VAT], [4900], [0], 0),
        ([line(4900)], [percent(20), amount(500)], [], [980, 500], [], 3420),
        ([line(4900)], [amount(500), percent(20)], [], [500, 880], [], 3520),
        ([line(4900)], [percent(100), amount(500)], [], [4900, 0], [], 0),
        ([line(4900)], [], [VAT], [], [931], 5831),
        ([line(4900)], [percent(20)], [VAT], [980], [745], 4665),  # 744.8
        ([line(1000), line(2000, "prod_b")], [percent(50, applies_to={"products": ["prod_b"]})], [], [1000], [], 2000),
        ([line(1000)], [amount(500, applies_to={"products": ["prod_b"]})], [], [0], [], 1000),
        ([line(-2352, discountable=False), line(900)], [percent(20)], [], [180], [], -1632),
        ([line(-2352, discountable=False)], [], [VAT], [], [-447], -2799),
        ([], [percent(20)], [VAT], [0], [], 0),
        ([line(4900)], [], [INSIDE], [], [782], 4900),  # 782.35 of 4117.65
        ([line(4900)], [percent(50)], [INSIDE], [2450], [391], 2450),
        ([line(4900)], [], [INSIDE, VAT], [], [782, 782], 5682),
    ],
)  # fmt: skip
def test_sums(  # noqa: PLR0917  # the table's columns
    lines: list[Json], coupons: list[Json], rates: list[Rate], off: list[int], taxes: list[int], total: int
) -> None:
    assert summed(lines, coupons, rates) == (sum(each["amount"] for each in lines), off, taxes, total)


@given(
    amounts=st.lists(st.integers(0, 50_000), min_size=1, max_size=5),
    offs=st.lists(
        st.one_of(st.floats(0.01, 100).map(percent), st.integers(1, 60_000).map(amount)), max_size=4
    ),
)  # fmt: skip
def test_every_minor_unit_taken_off_stands_on_a_line(amounts: list[int], offs: list[Json]) -> None:
    lines = [line(each) for each in amounts]
    _, off, taxes, total = summed(lines, offs, [VAT])
    assert off == [sum(each["discount_amounts"][index]["amount"] for each in lines) for index in range(len(offs))]
    left = [each["amount"] - sum(one["amount"] for one in each["discount_amounts"]) for each in lines]
    assert min(left) >= 0
    assert total == sum(left) + sum(taxes)
    assert taxes == [sum(each["taxes"][0]["amount"] for each in lines)]
    assert [each["taxes"][0]["taxable_amount"] for each in lines] == left
