"""What an invoice comes to: its lines, less discounts, with taxes, down to the minor unit on every line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sandbox.stripe.ledger import Json
from sandbox.stripe.reductions import Reduction
from sandbox.stripe.taxes import Rate


@dataclass(frozen=True)
class Charge:
    """One line with what lowers it alone and the taxes on it."""

    line: Json
    reductions: Sequence[Reduction] = ()
    rates: Sequence[Rate] = ()


@dataclass(frozen=True)
class Totals:
    """An invoice's sums in minor units; `discounts` and `taxes` as its `total_discount_amounts` and `total_taxes`.

    `subtotal` is less the items' discounts and `discounted` less all; both hold the taxes that prices include.
    """

    subtotal: int
    subtotal_without_tax: int
    discounted: int
    discounts: list[Json]
    taxes: list[Json]

    @property
    def without_tax(self) -> int:
        return self.discounted - _sum(each for each in self.taxes if each["tax_behavior"] == "inclusive")

    @property
    def total(self) -> int:
        return self.without_tax + _sum(self.taxes)


def reckon(charges: Sequence[Charge], reductions: Sequence[Reduction]) -> Totals:
    """Write onto each line what discounts and taxes make of it, and sum up.

    Items' reductions go first. Each takes off what the ones before it left, an amount never more than that (Stripe:
    Coupons and promotion codes, multiple discounts). Taxes are found line by line.
    """
    taken: dict[str, int] = {}
    for charge in charges:
        for identifier, coupon in charge.reductions:
            taken[identifier] = taken.get(identifier, 0) + _take_off([charge.line], identifier, coupon)
        charge.line["discounts"] = [identifier for identifier, _ in charge.reductions]
    lines = [charge.line for charge in charges]
    subtotal = sum(map(_left, lines))
    without_tax = subtotal - sum(
        int(tax["amount"])
        for charge in charges
        for tax in _taxes(_left(charge.line), charge.rates)
        if tax["tax_behavior"] == "inclusive"
    )
    for identifier, coupon in reductions:
        taken[identifier] = taken.get(identifier, 0) + _take_off(lines, identifier, coupon)
    for charge in charges:
        charge.line["taxes"] = _taxes(_left(charge.line), charge.rates)
    return Totals(
        subtotal,
        without_tax,
        sum(map(_left, lines)),
        [{"amount": amount, "discount": identifier} for identifier, amount in taken.items()],
        _summed(lines),
    )


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


def _sum(amounts: Iterable[Json]) -> int:
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


def _taxes(amount: int, rates: Sequence[Rate]) -> list[Json]:
    """Tax what is left of a line: what its price includes lies within it, the rest comes on top of the net amount.

    ASSUMED[mixed-rates]: where rates of both kinds meet, those on top are of what is left without the included ones.
    """
    included = sum((rate.percentage for rate in rates if rate.inclusive), Decimal(0))
    net = Decimal(amount) * 100 / (100 + included)
    taxable = amount - sum(rounded(net * rate.percentage / 100) for rate in rates if rate.inclusive)
    return [
        {
            "amount": rounded((net if rate.inclusive else taxable) * rate.percentage / 100),
            "tax_behavior": "inclusive" if rate.inclusive else "exclusive",
            "tax_rate_details": {"tax_rate": rate.id},
            "taxability_reason": rate.reason,
            "taxable_amount": taxable,
            "type": "tax_rate_details",
        }
        for rate in rates
    ]


def _summed(lines: Sequence[Json]) -> list[Json]:
    """Add up the taxes of all lines, rate by rate and reason by reason."""
    sums: dict[tuple[str, str], Json] = {}
    for line in lines:
        for tax in line["taxes"]:
            key = (tax["tax_rate_details"]["tax_rate"], tax["taxability_reason"])
            before = sums.get(key, {"amount": 0, "taxable_amount": 0})
            sums[key] = tax | {name: before[name] + tax[name] for name in ("amount", "taxable_amount")}
    return list(sums.values())
