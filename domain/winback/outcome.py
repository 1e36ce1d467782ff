"""How a lost customer came back, whether they stayed, and what they paid."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.cancellations.stored_case import CustomerReturn
from domain.ids import OfferId
from domain.money import Money
from domain.winback.proposal import OfferRow

ReturnCause = Literal["accepted", "after_email", "by_themselves"]
"""By accepting an offer's link or code (strong), within 14 days of an email (weak), or by themselves (organic)."""

EMAIL_EFFECT = timedelta(days=14)
FIRST_CHECK = timedelta(days=30)
SECOND_CHECK = timedelta(days=90)
"""When we check whether they stayed and what they paid, counted from the first paid invoice since the return."""

RETURN_WINDOW = timedelta(days=90)
FINAL_AFTER = RETURN_WINDOW + FIRST_CHECK + timedelta(days=30)
"""How long after a decision everybody has had the same time to return, pay and stay, plus a month to see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAttribution:
    """Why somebody is back, and which offer had a part in it."""

    how: ReturnCause
    offer_id: OfferId | None


def attribute_return(
    comeback: CustomerReturn, *, requested_at: datetime, coupons: frozenset[str], offers: Iterable[OfferRow]
) -> ReturnAttribution:
    """Return why a person is back, given every offer ever made to them.

    Strong: an offer accepted with the subscription they are back with, or whose own code was redeemed, so that its
    coupon is on that subscription. An email counts for 14 days. What was accepted before they cancelled, at
    `requested_at`, brings nobody back from that: its subscription and coupon are still there.
    """
    offers, returned_at = tuple(offers), comeback.at
    for offer in offers:
        redeemed = offer.promotion_code_id is not None and offer.coupon_id in coupons
        with_code = redeemed and offer.created_at <= returned_at and not comeback.same_subscription
        accepted = offer.redeemed_with == comeback.subscription_id and (
            offer.accepted_at is None or offer.accepted_at >= requested_at
        )
        if accepted or with_code:
            return ReturnAttribution(how="accepted", offer_id=offer.id)
    emailed = [
        (offer.sent_at, offer.id)
        for offer in offers
        if offer.sent_at is not None and offer.sent_at <= returned_at <= offer.sent_at + EMAIL_EFFECT
    ]
    if emailed:
        return ReturnAttribution(how="after_email", offer_id=max(emailed)[1])
    return ReturnAttribution(how="by_themselves", offer_id=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Whether they were still customers at a moment, and what they had paid by then: nothing if they left again."""

    stayed: bool
    amount: Money


def retention_at(
    payments: Iterable[tuple[datetime, Money]], *, left_at: datetime | None, by: datetime, currency: str
) -> Retention:
    """Return whether they had stayed until `by`, and the sum of what they paid by then."""
    if left_at is not None and left_at <= by:
        return Retention(stayed=False, amount=Money(0, currency))
    paid = sum(amount.minor for paid_at, amount in payments if paid_at <= by and amount.currency == currency)
    return Retention(stayed=True, amount=Money(paid, currency))
