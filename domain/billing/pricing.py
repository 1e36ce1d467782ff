"""What a quantity of a price comes to for one interval: per unit, in packages, or by tiers."""

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from domain.billing.subscription import Price, Tier


def is_known(price: Price) -> bool:
    """Return whether an amount follows from the price alone: it is not metered, and its tiers were read."""
    return not price.metered and (price.tiers_mode is None or bool(price.tiers))


def amount_of(price: Price, quantity: int | None) -> Decimal:
    """Price a quantity for one interval, in minor units, not rounded; no quantity is one."""
    units = Decimal(1 if quantity is None else quantity)
    if price.divide_by is not None:
        units = (units / price.divide_by).to_integral_value(ROUND_CEILING if price.round_up else ROUND_FLOOR)
    if price.tiers_mode == "volume":
        tier = next(tier for tier in price.tiers if tier.up_to is None or units <= tier.up_to)
        return _tier_amount(tier, units)
    if price.tiers_mode == "graduated":
        return sum((_tier_amount(tier, within) for tier, within in _graduated(price.tiers, units)), Decimal(0))
    return (price.unit_amount or Decimal(0)) * units


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
