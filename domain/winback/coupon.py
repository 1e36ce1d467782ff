"""Coupons for offers. A coupon is named after its terms, so the same offer always uses the same coupon."""

from datetime import datetime
from decimal import Decimal

from domain.billing.periods import add_months
from domain.billing.subscription import Discount
from domain.money import Money
from domain.winback.terms import CouponTerms


def coupon_for(*, percent: Decimal | None, amount: Money | None, months: int | None) -> CouponTerms:
    """Return the coupon with these terms; `months` None means one invoice.

    20% for three months is "winback-20pct-3m", €5 once is "winback-500eur-once".
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
    """Return a coupon as the discount it is from `at` on; its months count from then (Stripe: Coupons)."""
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
