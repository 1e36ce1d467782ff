"""Which price a switch of plan leads to."""

from collections.abc import Iterable

from domain.billing.pricing import amount_of, is_known
from domain.billing.subscription import Item, Price
from domain.winback.offer import SwitchPlan
from domain.winback.terms import ImpossibleOffer, ImpossibleReason


def price_to_switch_to(offer: SwitchPlan, item: Item, catalog: Iterable[Price]) -> Price | ImpossibleOffer:
    """Return the price that a switch leads to: the one it names, or the most expensive cheaper one."""
    if offer.price_id is None:
        return dearest_cheaper_price(item, catalog)
    return price_by_id(offer.price_id, item, catalog)


def dearest_cheaper_price(item: Item, catalog: Iterable[Price]) -> Price | ImpossibleOffer:
    """Return the most expensive price below an item's own, at its quantity."""
    return max(
        (price for price in catalog if _why_not(price, item) is None),
        key=lambda price: (amount_of(price, item.quantity), price.id),
        default=ImpossibleOffer(why="no_cheaper_plan"),
    )


def price_by_id(price_id: str, item: Item, catalog: Iterable[Price]) -> Price | ImpossibleOffer:
    """Return a price by its id, or why an item can't switch to it."""
    found = [price for price in catalog if price.id == price_id]
    if not found:
        return ImpossibleOffer(why="no_such_price", detail=price_id)
    price = next((price for price in found if price.currency == item.price.currency), found[0])
    why = _why_not(price, item)
    return price if why is None else ImpossibleOffer(why=why, detail=price_id)


def _why_not(price: Price, item: Item) -> ImpossibleReason | None:
    present = item.price
    if price.currency != present.currency:
        return "currency"
    if (price.interval, price.interval_count) != (present.interval, present.interval_count):
        return "interval"
    if not is_known(price, item.quantity):
        return "metered"
    if not 0 < amount_of(price, item.quantity) < amount_of(present, item.quantity):
        return "no_cheaper_plan"
    return None
