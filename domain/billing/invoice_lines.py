"""The lines of an invoice: each item's price less its discounts, in whole minor units as Stripe bills them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.billing.pricing import amount_of, is_known
from domain.billing.subscription import Discount, Item
from domain.money import half_up


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """An item's line; `amount` is in minor units, after discounts and before any tax that comes on top."""

    item: Item
    amount: int

    @property
    def net(self) -> int:
        """The amount without tax; where the tax isn't known, the amount as it is."""
        return self.amount if self.item.tax is None else self.item.tax.net(self.amount)


def is_priceable(item: Item, discounts: Sequence[Discount]) -> bool:
    """Return whether an item's line follows from its price, its quantity and these discounts on the whole."""
    terms_known = all(discount.percent_off is not None or discount.amount_off is not None for discount in discounts)
    return is_known(item.price, item.quantity) and terms_known


def invoice_lines(items: Sequence[Item], discounts: Sequence[Discount]) -> tuple[InvoiceLine, ...]:
    """Return the lines of an invoice for these items: an item's own discounts first, then the others in order.

    All discounts given are taken off, each from what those before it left and never more than that (Stripe: Coupons).
    One that is good for several lines is spread over them in proportion; the units that rounding leaves go to the lines
    where it took most. €10 off three lines of €20 is €3.34, €3.33 and €3.33.
    """
    lines: list[InvoiceLine] = []
    for item in items:
        line = [InvoiceLine(item=item, amount=half_up(amount_of(item.price, item.quantity)))]
        for discount in item.discounts:
            line = _less(line, discount)
        lines += line
    for discount in discounts:
        lines = _less(lines, discount)
    return tuple(lines)


def _less(lines: list[InvoiceLine], discount: Discount) -> list[InvoiceLine]:
    good_for = [
        line.amount if discount.product_ids is None or line.item.price.product_id in discount.product_ids else 0
        for line in lines
    ]
    off = _off(discount, sum(good_for))
    return [
        replace(line, amount=line.amount - share) for line, share in zip(lines, _spread(off, good_for), strict=True)
    ]


def _off(discount: Discount, total: int) -> int:
    if discount.percent_off is not None:
        return half_up(total * discount.percent_off / 100)
    return 0 if discount.amount_off is None else min(discount.amount_off.minor, total)


def _spread(off: int, over: Sequence[int]) -> list[int]:
    total = sum(over)
    if not total:
        return [0] * len(over)
    shares = [off * each // total for each in over]
    lost = sorted(range(len(over)), key=lambda index: -(off * over[index] % total))
    for index in lost[: off - sum(shares)]:
        shares[index] += 1
    return shares
