"""How Stripe's customer portal is set up: what customers may do there by themselves, and what they are asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalSetting:
    """The portal's switches.

    `reasons` (Stripe's own, `too_expensive` and so on) and `feedback_options` (the company's, each in its own words)
    are what is asked for after cancelling; nothing is asked where both are empty. `products` are the plans to switch
    to: prices by product, ten products at most. `return_url` is where the way back leads.
    """

    cancel: bool
    cancel_mode: Literal["at_period_end", "immediately"]
    reasons: frozenset[str]
    feedback_options: tuple[str, ...]
    switch_plan: bool
    products: Mapping[str, frozenset[str]]
    pause: bool
    card: bool
    details: bool
    return_url: str | None
