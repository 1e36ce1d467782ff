"""A subscription as it was sold at the time of an event, though it was read later."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from domain.billing.subscription import Discount, Item, Price, Subscription
from domain.billing.tax import Tax


@dataclass(frozen=True, slots=True, kw_only=True)
class PastItem:
    """One line of a subscription as an event shows it."""

    id: str
    price_id: str
    quantity: int | None
    discount_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTerms:
    """What an event shows of the terms as they were just before it, at `at`; prices and discounts are ids.

    `items` are the first page only, if there is more than one (`more_items`). `invoice_id` is the newest invoice then.
    """

    at: datetime
    status: str
    ended_at: datetime | None
    trial_end_at: datetime | None
    collection_paused: bool
    items: tuple[PastItem, ...]
    more_items: bool
    discount_ids: tuple[str, ...]
    invoice_id: str | None

    def missing_prices(self, read: Subscription) -> set[str]:
        """Return the prices that a later read of the subscription does not tell."""
        return {item.price_id for item in self.items} - {item.price.id for item in read.items}

    def missing_discounts(self, read: Subscription) -> set[str]:
        """Return the discounts that a later read of the subscription does not tell."""
        named = {*self.discount_ids, *(each for item in self.items for each in item.discount_ids)}
        return named - {each.id for each in all_discounts(read)}


def all_discounts(read: Subscription) -> list[Discount]:
    """List the discounts of a subscription, of its items, and of its customer."""
    inherited = [] if read.customer_discount is None else [read.customer_discount]
    return [*read.discounts, *(each for item in read.items for each in item.discounts), *inherited]


def as_it_was(
    read: Subscription, past: PastTerms, *, prices: Mapping[str, Price], discounts: Iterable[Discount]
) -> Subscription | None:
    """Return a subscription with the terms that it had; None where the terms of a price or a discount are not known.

    `prices` and `discounts` are those that the read does not tell. A customer's discount counts from its start on; of
    one that was taken away since only an invoice still tells.
    """
    given = {each.id: each for each in (*all_discounts(read), *discounts)}
    known = {item.price.id: item.price for item in read.items} | dict(prices)
    named = {*past.discount_ids, *(each for item in past.items for each in item.discount_ids)}
    if not named <= given.keys() or not {item.price_id for item in past.items} <= known.keys():
        return None
    shown = tuple(_item(read, each, known[each.price_id], given) for each in past.items)
    ids = {item.id for item in past.items}
    inherited = [each for each in given.values() if each.level == "customer" and each.starts_at <= past.at]
    return replace(
        read,
        status=past.status,
        ended_at=past.ended_at,
        trial_end_at=past.trial_end_at,
        collection_paused=past.collection_paused,
        items=shown + tuple(item for item in read.items if past.more_items and item.id not in ids),
        discounts=tuple(given[each] for each in past.discount_ids),
        customer_discount=next((each for each in inherited if each.runs_at(past.at)), None),
    )


def _item(read: Subscription, past: PastItem, price: Price, given: Mapping[str, Discount]) -> Item:
    """Return an item as it was; its tax is that of its line in the read, else the tax that all lines there have."""
    now = next((item for item in read.items if item.id == past.id), None)
    taxes = {item.tax for item in ([now] if now is not None else read.items)}
    like = now or read.items[0]
    return replace(
        like,
        id=past.id,
        price=price,
        quantity=past.quantity,
        discounts=tuple(given[each] for each in past.discount_ids),
        tax=_tax(read, like.price, price, taxes),
    )


def _tax(read: Subscription, now: Price, then: Price, taxes: set[Tax | None]) -> Tax | None:
    """Return how a price was taxed; with Stripe Tax it is known where the price has the tax in it or not as now."""
    if len(taxes) != 1 or (read.automatic_tax and now.tax_behavior != then.tax_behavior):
        return None
    return next(iter(taxes))
