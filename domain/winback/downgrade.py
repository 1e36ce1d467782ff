"""Which price a customer may switch down to: cheaper but not free, in the same currency and interval."""

from collections.abc import Iterable

from domain.billing.pricing import amount_of, is_known
from domain.billing.subscription import Item, Price
from domain.winback.terms import ImpossibleOffer, ImpossibleReason


def dearest_cheaper_price(item: Item, catalog: Iterable[Price]) -> Price | ImpossibleOffer:
    """Return the most expensive price below an item's own, at its quantity."""
    return max(
        (price for price in catalog if _why_not(price, item) is None),
        key=lambda price: (amount_of(price, item.quantity), price.id),
        default=ImpossibleOffer(why="no_cheaper_plan"),
    )


def price_by_id(price_id: str, item: Item, catalog: Iterable[Price]) -> Price | ImpossibleOffer:
    """Return a price by its id, or why an item can't switch to it."""
    price = next((price for price in catalog if price.id == price_id), None)
    if price is None:
        return ImpossibleOffer(why="no_such_price", detail=price_id)
    why = _why_not(price, item)
    return price if why is None else ImpossibleOffer(why=why, detail=price_id)


def _why_not(price: Price, item: Item) -> ImpossibleReason | None:
    present = item.price
    if price.currency != present.currency:
        return "currency"
    if (price.interval, price.interval_count) != (present.interval, present.interval_count):
        return "interval"
    if not is_known(price):
        return "metered"
    if not 0 < amount_of(price, item.quantity) < amount_of(present, item.quantity):
        return "no_cheaper_plan"
    return None
