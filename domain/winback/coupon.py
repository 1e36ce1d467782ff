"""Coupons for offers: their terms say their name, so that the same offer always uses the same one."""

from datetime import datetime
from decimal import Decimal

from domain.billing.periods import add_months
from domain.billing.subscription import Discount
from domain.money import Money
from domain.winback.terms import CouponTerms


def coupon_for(*, percent: Decimal | None, amount: Money | None, months: int | None) -> CouponTerms:
    """Name the coupon with these terms; `months` None: it is good for one invoice.

    20 % for three months is "winback-20pct-3m", 5 euros once "winback-500eur-once".
    """
    if amount is not None:
        off = f"{amount.minor}{amount.currency}"
    else:
        off = f"{(percent or Decimal(0)).normalize():f}pct".replace(".", "-")
    return CouponTerms(
        id=f"winback-{off}-{'once' if months is None else f'{months}m'}",
        percent_off=percent,
        amount_off=amount,
        duration="once" if months is None else "repeating",
        months=months,
    )


def applied_discount(coupon: CouponTerms, *, at: datetime) -> Discount:
    """Say what the coupon is on a subscription from a moment on; its months count from then (Stripe: Coupons)."""
    return Discount(
        id="",
        coupon_id=coupon.id,
        percent_off=coupon.percent_off,
        amount_off=coupon.amount_off,
        duration=coupon.duration,
        starts_at=at,
        ends_at=None if coupon.months is None else add_months(at, coupon.months),
        product_ids=None,
    )
