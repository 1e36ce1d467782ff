"""What a quantity of a price comes to for one interval: per unit, in packages, or by tiers."""

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from domain.billing.subscription import Price, Tier


def is_known(price: Price, quantity: int | None) -> bool:
    """Return whether an amount follows from a price and a quantity.

    It doesn't if the price is metered, has no amount in its currency, or has tiers that weren't read or end below the
    quantity.
    """
    if price.metered:
        return False
    if price.tiers_mode is None:
        return price.unit_amount is not None
    return any(tier.up_to is None or _units(price, quantity) <= tier.up_to for tier in price.tiers)


def amount_of(price: Price, quantity: int | None) -> Decimal:
    """Price a quantity for one interval, in minor units, not rounded; no quantity is one. The amount must be known."""
    units = _units(price, quantity)
    if price.tiers_mode == "volume":
        tier = next(tier for tier in price.tiers if tier.up_to is None or units <= tier.up_to)
        return _tier_amount(tier, units)
    if price.tiers_mode == "graduated":
        return sum((_tier_amount(tier, within) for tier, within in _graduated(price.tiers, units)), Decimal(0))
    return (price.unit_amount or Decimal(0)) * units


def _units(price: Price, quantity: int | None) -> Decimal:
    units = Decimal(1 if quantity is None else quantity)
    if price.divide_by is None:
        return units
    return (units / price.divide_by).to_integral_value(ROUND_CEILING if price.round_up else ROUND_FLOOR)


def _graduated(tiers: Iterable[Tier], units: Decimal) -> Iterable[tuple[Tier, Decimal]]:
    """Share the units out over the tiers they reach; the first is reached always."""
    below = Decimal(0)
    for tier in tiers:
        top = units if tier.up_to is None else min(units, Decimal(tier.up_to))
        yield tier, top - below
        if top == units:
            return
        below = top


def _tier_amount(tier: Tier, units: Decimal) -> Decimal:
    return (tier.unit_amount or Decimal(0)) * units + (tier.flat_amount or Decimal(0))
