"""Offers to accept: each test names only what matters to it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.ids import OfferId
from domain.money import Money
from domain.winback.offer import DiscountOffer, Offer, Restart
from domain.winback.terms import CouponTerms, OfferTerms, coupon_for

NOTHING = Money(0, "eur")
OFFER = OfferId(UUID("01890a5d-ac96-774b-bcce-b302099a8057"))
RESTART = Restart()


def coupon(percent: str | None = "20", *, amount: Money | None = None, months: int | None = 3) -> CouponTerms:
    return coupon_for(percent=None if percent is None else Decimal(percent), amount=amount, months=months)


def terms(offer: Offer = RESTART, **known: Any) -> OfferTerms:
    """Make terms as far as Stripe is told about them."""
    unknown: dict[str, Any] = {
        "phase": "pending", "way": "resume", "accepted_at": datetime(2026, 11, 1, tzinfo=UTC), "invoices": (),
        "cost": NOTHING, "later": NOTHING, "later_at": None, "price": None, "coupon": None, "restarts_at": None,
        "trial_ends_at": None,
    }  # fmt: skip
    return OfferTerms(offer=offer, **(unknown | known))


def discounted(given: CouponTerms, **known: Any) -> OfferTerms:
    """Make terms of a discount by this coupon."""
    offer = DiscountOffer(percent=given.percent_off, amount=given.amount_off, invoices=given.months or 1)
    return terms(offer, coupon=given, **known)
