"""What came of a case: by what they are back, whether they stayed, and what they paid."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.ids import OfferId, SubscriptionId
from domain.money import Money
from domain.winback.proposal import OfferRow

ReturnCause = Literal["accepted", "after_email", "by_themselves"]
"""Back by an accepted link or code (strong), by themselves within 14 days of a letter (weak), or without (organic)."""

EMAIL_EFFECT = timedelta(days=14)
FIRST_CHECK = timedelta(days=30)
SECOND_CHECK = timedelta(days=90)
"""So long after the first paid invoice since the return it is seen whether they stayed, and what they paid."""

RETURN_WINDOW = timedelta(days=90)
FINAL_AFTER = RETURN_WINDOW + FIRST_CHECK + timedelta(days=30)
"""So long after a decision everybody had the same time to be back, pay and stay, and a month for it to be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAttribution:
    """By what somebody is back, and by which offer where one had a part in it."""

    how: ReturnCause
    offer_id: OfferId | None


def attribute_return(
    *, returned_at: datetime, returned_with: SubscriptionId, coupons: frozenset[str], offers: Iterable[OfferRow]
) -> ReturnAttribution:
    """Say by what a person is back, given all offers ever made to them.

    Strong is an offer that was taken up with the very subscription they are back with, or one whose own code was
    redeemed: its coupon is among those on that subscription. A letter counts for 14 days.
    """
    offers = tuple(offers)
    for offer in offers:
        redeemed = offer.promotion_code_id is not None and offer.coupon_id in coupons
        if offer.redeemed_with == returned_with or (redeemed and offer.created_at <= returned_at):
            return ReturnAttribution(how="accepted", offer_id=offer.id)
    letters = [
        (offer.sent_at, offer.id)
        for offer in offers
        if offer.sent_at is not None and offer.sent_at <= returned_at <= offer.sent_at + EMAIL_EFFECT
    ]
    if letters:
        return ReturnAttribution(how="after_email", offer_id=max(letters)[1])
    return ReturnAttribution(how="by_themselves", offer_id=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Whether they were still there at a moment, and what they had paid till then; who left again kept nothing."""

    stayed: bool
    amount: Money


def retention_at(
    payments: Iterable[tuple[datetime, Money]], *, left_at: datetime | None, by: datetime, currency: str
) -> Retention:
    """Add up what was paid by a moment, for who had not left again by then."""
    if left_at is not None and left_at <= by:
        return Retention(stayed=False, amount=Money(0, currency))
    paid = sum(amount.minor for paid_at, amount in payments if paid_at <= by and amount.currency == currency)
    return Retention(stayed=True, amount=Money(paid, currency))
