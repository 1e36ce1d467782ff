"""A subscription's billing from now on: the dates of the coming invoices, and the amount of each before tax."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Self

from domain.billing.invoice_lines import InvoiceLine, invoice_lines, is_priceable
from domain.billing.periods import period_end
from domain.billing.subscription import Discount, Item, Price, Subscription
from domain.billing.tax import Tax
from domain.money import Money

NEVER = datetime.max.replace(tzinfo=UTC)
"""When collection starts again after a pause without an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An invoice to come, with the items on it; `first` is the first of all, `firsts` are the items billed first."""

    at: datetime
    items: tuple[Item, ...]
    first: bool
    firsts: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Billing from a moment on: each item begins at its own date of `starts`, and months keep the anchor's day.

    `discounts` are the subscription's own. `inherited` is the customer's, in force on invoices with none of these; None
    once it was sent along and so is among them.
    Invoices before `collected_from` are drawn up but void: collection is paused.
    """

    currency: str
    items: tuple[Item, ...]
    starts: tuple[datetime, ...]
    anchor: datetime
    discounts: tuple[Discount, ...]
    inherited: Discount | None
    automatic_tax: bool
    collected_from: datetime | None = None
    new: bool = False  # a subscription that will be bought

    @classmethod
    def resumed(cls, subscription: Subscription, *, at: datetime) -> Self:
        """Return the billing of a subscription that goes on; one on trial is first billed when its trial ends."""
        anchor, inherited = subscription.anchor_at, subscription.customer_discount
        sent_along = inherited is not None and inherited.id in {each.id for each in subscription.discounts}
        return cls(
            currency=subscription.currency,
            items=subscription.items,
            starts=tuple(_next(item, anchor=anchor, at=at) for item in subscription.items),
            anchor=anchor,
            discounts=tuple(discount for discount in subscription.discounts if discount.runs_at(at)),
            inherited=None if sent_along else inherited,
            automatic_tax=subscription.automatic_tax,
            collected_from=_collected_from(subscription),
        )

    @classmethod
    def bought(cls, subscription: Subscription, *, at: datetime) -> Self:
        """Return the billing if the same is bought again: first invoice at once, no discount but the customer's."""
        items = tuple(replace(item, discounts=()) for item in subscription.items)
        return cls(
            currency=subscription.currency,
            items=items,
            starts=(at,) * len(items),
            anchor=at,
            discounts=(),
            inherited=subscription.customer_discount,
            automatic_tax=subscription.automatic_tax,
            new=True,
        )

    @property
    def only_price(self) -> Price | None:
        """The price of the one item; None where there are several."""
        return self.items[0].price if len(self.items) == 1 else None

    def begun_at(self, moment: datetime) -> Self:
        """Let billing begin at a moment instead, which becomes the anchor."""
        return replace(self, starts=(moment,) * len(self.items), anchor=moment)

    def paused_until(self, moment: datetime) -> Self:
        """Leave the invoices before a moment uncollected."""
        return replace(self, collected_from=moment)

    def less(self, discount: Discount) -> Self:
        """Take a further discount off, after those that run.

        On a subscription that goes on, the customer's discount is sent along, so that it stays. A new one takes one
        discount only.
        """
        if self.new or self.discounts or self.inherited is None:
            return replace(self, discounts=(*self.discounts, discount))
        return replace(self, discounts=(self.inherited, discount), inherited=None)

    def at_price(self, price: Price) -> Self:
        """Change all items to another price, at their quantities."""
        items = tuple(
            replace(item, price=price, tax=self._tax_at(price, item) if self.automatic_tax else item.tax)
            for item in self.items
        )
        return replace(self, items=items)

    def has_discount(self, *, at: datetime) -> bool:
        """Return whether a discount runs at a moment, on all or on an item."""
        return any(discount.runs_at(at) for discount in self.all_discounts)

    @property
    def all_discounts(self) -> tuple[Discount, ...]:
        """Every discount that is in force or may be later: on the whole, on an item, or the customer's."""
        inherited = () if self.inherited is None else (self.inherited,)
        return (*self.discounts, *inherited, *(each for item in self.items for each in item.discounts))

    def collects(self, due: Due) -> bool:
        """Return whether an invoice is to be paid: no pause leaves it uncollected."""
        return self.collected_from is None or due.at >= self.collected_from

    def dues(self) -> Iterator[Due]:
        """List the invoices to come in order, without an end; there must be an item.

        A void one isn't the first of anything: it leaves discounts that are good for one invoice (Stripe: Coupons).
        """
        following, billed = list(self.starts), set[str]()
        while True:
            at = min(following)
            items = tuple(item for item, start in zip(self.items, following, strict=True) if start == at)
            firsts = frozenset(item.id for item in items) - billed
            due = Due(at=at, items=items, first=not billed, firsts=firsts)
            yield due
            if self.collects(due):
                billed |= firsts
            following = [
                period_end(start, item.price, anchor=self.anchor) if start == at else start
                for item, start in zip(self.items, following, strict=True)
            ]

    def full(self, due: Due) -> Money:
        """Return what an invoice is with no discount at all."""
        items = [replace(item, discounts=()) for item in self._items(due)]
        return _total(invoice_lines(items, ()), self.currency)

    def amount(self, due: Due) -> Money:
        """Return what an invoice is, without usage and before any tax that comes on top."""
        return _total(self.lines(due), self.currency)

    def lines(self, due: Due) -> tuple[InvoiceLine, ...]:
        """Return the lines of an invoice but for usage, with the discounts that are in force on its day."""
        items = [
            replace(
                item, discounts=tuple(d for d in item.discounts if _applies(d, due.at, first=item.id in due.firsts))
            )
            if item.discounts
            else item
            for item in self._items(due)
        ]
        return invoice_lines(items, self._discounts(due))

    def is_known(self) -> bool:
        """Return whether the amounts of all its invoices follow from prices and quantities, usage aside."""
        return all(is_priceable(item, self.all_discounts) for item in self.items if not item.price.metered)

    def _items(self, due: Due) -> Iterator[Item]:
        """Find the items of an invoice as they are on this course: another price may hold, the dates are the same."""
        billed = {item.id for item in due.items}
        return (item for item in self.items if item.id in billed and not item.price.metered)

    def _discounts(self, due: Due) -> tuple[Discount, ...]:
        own, inherited = self._own_discounts(due), self.inherited
        if own or inherited is None or not inherited.runs_at(due.at):
            return own
        if inherited.duration == "once" and due.at != self._first_inheriting():
            return ()
        return (inherited,)

    def _first_inheriting(self) -> datetime:
        """Find the first invoice that is collected with no discount of the subscription's own."""
        return next(due.at for due in self.dues() if self.collects(due) and not self._own_discounts(due))

    def _own_discounts(self, due: Due) -> tuple[Discount, ...]:
        return tuple(discount for discount in self.discounts if _applies(discount, due.at, first=due.first))

    def _tax_at(self, price: Price, item: Item) -> Tax | None:
        """Find how an item is taxed at another price by Stripe Tax, which goes by the price's `tax_behavior`."""
        if item.tax is None or price.tax_behavior == item.price.tax_behavior:
            return item.tax
        rate = sum(item.tax.included) + item.tax.on_top
        match price.tax_behavior:
            case "inclusive":
                return Tax(included=(rate,) if rate else (), on_top=Decimal(0))
            case "exclusive":
                return Tax(included=(), on_top=rate)
            case _:
                return None


def _collected_from(subscription: Subscription) -> datetime | None:
    if subscription.status == "paused":
        return NEVER
    return (subscription.resumes_at or NEVER) if subscription.collection_paused else None


def _next(item: Item, *, anchor: datetime, at: datetime) -> datetime:
    """Find an item's next period end after a moment; what was read may be a little old."""
    end = item.period_end
    while end <= at:
        end = period_end(end, item.price, anchor=anchor)
    return end


def _applies(discount: Discount, at: datetime, *, first: bool) -> bool:
    return discount.runs_at(at) and (first or discount.duration != "once")


def _total(lines: Iterable[InvoiceLine], currency: str) -> Money:
    return Money(sum(line.amount for line in lines), currency)
