"""What a subscription is called and what it costs, in words."""

from domain.billing.subscription import Item, Price, Subscription
from domain.billing.tax import TaxKind, tax_kind
from wording.money import decimal_money
from wording.sanitize import cut, one_line

_LENGTH = 80


def plan_name(subscription: Subscription) -> str:
    """Return what is subscribed to: "Pro", "Pro (yearly deal) × 3", "Pro + 2 more"; the first item stands for all.

    Products and prices are named by the company, so the name is one line of at most 80 characters.
    """
    if not subscription.items:
        return "a subscription without items"
    first, *rest = subscription.items
    name = price_name(first.price)
    if first.quantity is not None and first.quantity > 1:
        name += f" × {first.quantity:,}"
    return f"{name} + {len(rest)} more" if rest else name


def price_name(price: Price) -> str:
    """Return the name of a price: its product, else by its nickname, else by its id."""
    return cut(one_line(price.product_name or price.nickname or price.id), _LENGTH)


def price_line(subscription: Subscription, *, locale: str = "en") -> str:
    """Return the list price of each item before discounts: "€49 a month", "3 × €10 a month + usage-based"."""
    return " + ".join(_item(item, locale=locale) for item in subscription.items)


def tax_note(subscription: Subscription) -> str:
    """Return how the prices stand to tax, to be put after them: ", tax included", " + tax"; nothing without tax."""
    return _TAX_NOTES[tax_kind(item.tax for item in subscription.items if not item.price.metered)]


_TAX_NOTES: dict[TaxKind, str] = {
    "none": "",
    "included": ", tax included",
    "on_top": " + tax",
    "mixed": ", tax partly included",
    "unknown": ", tax unknown",
}


def interval(price: Price) -> str:
    """Return how often a price is due: "a month", "every 3 months"."""
    if price.interval_count == 1:
        return f"a {price.interval}"
    return f"every {price.interval_count} {price.interval}s"


def _item(item: Item, *, locale: str) -> str:
    price = item.price
    if price.metered:
        return "usage-based"
    times = f"{item.quantity:,} × " if item.quantity is not None and item.quantity != 1 else ""
    if price.unit_amount is None and price.tiers_mode is None:
        return f"{times}price not known"
    if price.unit_amount is None:
        return f"{times}tiered price {interval(price)}"
    each = decimal_money(price.unit_amount, price.currency, locale=locale)
    per = f" per {price.divide_by:,}" if price.divide_by else ""
    return f"{times}{each}{per} {interval(price)}"
