"""How billing goes on: the dates of the invoices to come, and what each amounts to before tax."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from domain.billing.periods import period_end
from domain.billing.pricing import amount_of
from domain.billing.subscription import Discount, Item, Price, Subscription
from domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An invoice to come, with the items on it; `first` is the first of all, `firsts` are the items billed first."""

    at: datetime
    items: tuple[Item, ...]
    first: bool
    firsts: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Billing from a moment on: each item begins at its own date of `starts`, and months keep the anchor's day."""

    currency: str
    items: tuple[Item, ...]
    starts: tuple[datetime, ...]
    anchor: datetime
    discounts: tuple[Discount, ...]

    @classmethod
    def resumed(cls, subscription: Subscription, *, at: datetime) -> "Course":
        """See what comes if a subscription goes on; one on trial is first billed as its trial ends."""
        anchor = subscription.anchor_at
        return cls(
            currency=subscription.currency,
            items=subscription.items,
            starts=tuple(_next(item, anchor=anchor, at=at) for item in subscription.items),
            anchor=anchor,
            discounts=tuple(discount for discount in subscription.discounts if _runs(discount, at)),
        )

    @classmethod
    def bought(cls, subscription: Subscription, *, at: datetime) -> "Course":
        """See what comes if the same is bought anew: the first invoice at once, and no discount of before."""
        items = tuple(replace(item, discounts=()) for item in subscription.items)
        return cls(currency=subscription.currency, items=items, starts=(at,) * len(items), anchor=at, discounts=())

    @property
    def only_price(self) -> Price | None:
        """The price of the one item; None where there are several."""
        return self.items[0].price if len(self.items) == 1 else None

    @property
    def all_discounts(self) -> tuple[Discount, ...]:
        """Every discount, on the whole or on an item."""
        return (*self.discounts, *(each for item in self.items for each in item.discounts))

    def begun_at(self, moment: datetime) -> "Course":
        """Let billing begin at a moment instead, which becomes the anchor."""
        return replace(self, starts=(moment,) * len(self.items), anchor=moment)

    def less(self, discount: Discount) -> "Course":
        """Take a further discount off, after those that run."""
        return replace(self, discounts=(*self.discounts, discount))

    def at_price(self, price: Price) -> "Course":
        """Let all items be of another price, at their quantities."""
        return replace(self, items=tuple(replace(item, price=price) for item in self.items))

    def has_discount(self, *, at: datetime) -> bool:
        """Return whether a discount runs at a moment, on all or on an item."""
        return any(_runs(each, at) for each in self.all_discounts)

    def dues(self) -> Iterator[Due]:
        """List the invoices to come in order, without an end; there must be an item."""
        following, billed = list(self.starts), set[str]()
        while True:
            at = min(following)
            items = tuple(item for item, start in zip(self.items, following, strict=True) if start == at)
            firsts = frozenset(item.id for item in items) - billed
            yield Due(at=at, items=items, first=not billed, firsts=firsts)
            billed |= firsts
            following = [
                period_end(start, item.price, anchor=self.anchor) if start == at else start
                for item, start in zip(self.items, following, strict=True)
            ]

    def full(self, due: Due) -> Money:
        """Return what an invoice is with no discount at all."""
        return _total([_Line.of(item) for item in self._items(due)], self.currency)

    def amount(self, due: Due) -> Money:
        """Return what an invoice is: an item's own discounts first, then the others in order, each rounded half up.

        An amount takes off no more than is left (Stripe: Coupons).
        """
        lines = []
        for item in self._items(due):
            line = [_Line.of(item)]
            for discount in item.discounts:
                if _applies(discount, due.at, first=item.id in due.firsts):
                    line = _less(line, discount, self.currency)
            lines += line
        for discount in self.discounts:
            if _applies(discount, due.at, first=due.first):
                lines = _less(lines, discount, self.currency)
        return _total(lines, self.currency)

    def _items(self, due: Due) -> Iterator[Item]:
        """Find the items of an invoice as they are on this course: another price may hold, the dates are the same."""
        billed = {item.id for item in due.items}
        return (item for item in self.items if item.id in billed)


@dataclass(frozen=True, slots=True)
class _Line:
    product_id: str
    left: Decimal

    @classmethod
    def of(cls, item: Item) -> "_Line":
        """Price an item; each line of an invoice is whole minor units."""
        rounded = Money.rounded(amount_of(item.price, item.quantity), item.price.currency)
        return cls(item.price.product_id, Decimal(rounded.minor))


def _next(item: Item, *, anchor: datetime, at: datetime) -> datetime:
    """Find an item's next period end after a moment; what was read may be a little old."""
    end = item.period_end
    while end <= at:
        end = period_end(end, item.price, anchor=anchor)
    return end


def _runs(discount: Discount, at: datetime) -> bool:
    return discount.ends_at is None or discount.ends_at > at


def _applies(discount: Discount, at: datetime, *, first: bool) -> bool:
    return _runs(discount, at) and (first or discount.duration != "once")


def _less(lines: Sequence[_Line], discount: Discount, currency: str) -> list[_Line]:
    """Take a discount off the lines of its products, from each the same share."""
    good_for = [line for line in lines if discount.product_ids is None or line.product_id in discount.product_ids]
    total = Decimal(_total(good_for, currency).minor)  # whole, as on an invoice: dividing leaves 5051.99… of 5052
    off = _off(discount, total, currency)
    if not off:
        return list(lines)
    return [replace(line, left=line.left * (1 - off / total)) if line in good_for else line for line in lines]


def _off(discount: Discount, total: Decimal, currency: str) -> Decimal:
    if discount.percent_off is not None:
        return Decimal(Money.rounded(total * discount.percent_off / 100, currency).minor)
    if discount.amount_off is not None and discount.amount_off.currency == currency:
        return min(Decimal(discount.amount_off.minor), total)
    return Decimal(0)


def _total(lines: Sequence[_Line], currency: str) -> Money:
    return Money.rounded(sum((line.left for line in lines), Decimal(0)), currency)
