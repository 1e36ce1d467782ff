"""What an invoice comes to: its lines, less discounts, plus taxes, down to the minor unit on every line."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from sandbox.stripe.ledger import Json


class Totals(NamedTuple):
    """An invoice's sums in minor units; `discounts` and `taxes` as its `total_discount_amounts` and `total_taxes`."""

    subtotal: int
    discounts: list[Json]
    taxes: list[Json]

    @property
    def without_tax(self) -> int:
        return self.subtotal - _sum(self.discounts)

    @property
    def total(self) -> int:
        return self.without_tax + _sum(self.taxes)


def reckon(lines: Sequence[Json], coupons: Sequence[tuple[str, Json]], rates: Sequence[Json]) -> Totals:
    """Write onto each line what discounts and taxes make of it, and sum up.

    `coupons` are pairs of a discount's id and its coupon. Each takes off what the ones before it left, an amount never
    more than that (Stripe: Coupons and promotion codes, multiple discounts). Taxes are added on top, line by line.
    """
    discounts = [
        {"amount": _take_off(lines, identifier, coupon), "discount": identifier} for identifier, coupon in coupons
    ]
    for line in lines:
        line["taxes"] = [_tax(_left(line), rate) for rate in rates]
    taxes = [_summed([line["taxes"][index] for line in lines]) for index in range(len(rates) if lines else 0)]
    return Totals(sum(line["amount"] for line in lines), discounts, taxes)


def rounded(amount: Decimal) -> int:
    """Round to a whole minor unit, halves away from zero."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def _take_off(lines: Sequence[Json], identifier: str, coupon: Json) -> int:
    """Spread one discount over the lines it is good for, and tell how much it is in all."""
    products = (coupon.get("applies_to") or {}).get("products")
    good_for = [
        line
        for line in lines
        if line["discountable"] and (products is None or line["pricing"]["price_details"]["product"] in products)
    ]
    left = [_left(line) for line in good_for]
    share = Decimal(sum(left)) * Decimal(str(coupon["percent_off"] or 0)) / 100
    amount = min(sum(left), coupon["amount_off"] or rounded(share))
    for line, off in zip(good_for, _spread(amount, left), strict=True):
        line["discount_amounts"].append({"amount": off, "discount": identifier})
    return amount


def _sum(amounts: Sequence[Json]) -> int:
    return sum(int(each["amount"]) for each in amounts)


def _left(line: Json) -> int:
    return int(line["amount"]) - _sum(line["discount_amounts"])


def _spread(amount: int, over: Sequence[int]) -> list[int]:
    """Divide an amount in proportion; the units that rounding leaves go where it took most."""
    whole = sum(over)
    if not whole:
        return [0] * len(over)
    shares = [amount * each // whole for each in over]
    lost = sorted(range(len(over)), key=lambda index: -(amount * over[index] % whole))
    for index in lost[: amount - sum(shares)]:
        shares[index] += 1
    return shares


def _tax(taxable: int, rate: Json) -> Json:
    return {
        "amount": rounded(taxable * Decimal(str(rate["percentage"])) / 100),
        "tax_behavior": "exclusive",
        "tax_rate_details": {"tax_rate": rate["id"]},
        "taxability_reason": "not_available",
        "taxable_amount": taxable,
        "type": "tax_rate_details",
    }


def _summed(taxes: Sequence[Json]) -> Json:
    return taxes[0] | {key: sum(each[key] for each in taxes) for key in ("amount", "taxable_amount")}
