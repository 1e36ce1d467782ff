"""What Stripe would refuse of an offer, asked by the preview that the offer's page will ask for."""

from domain.ids import SubscriptionId
from domain.winback.decision import Rejection, RejectionReason
from domain.winback.terms import OfferTerms
from flows.failures import Refused
from flows.ports import OfferBilling

_CAUSES: dict[str, RejectionReason] = {"resource_missing": "gone", "customer_tax_location_invalid": "no_tax_address"}
"""Stripe's codes whose cause we can name."""


async def preview_refusal(
    billing: OfferBilling, subscription_id: SubscriptionId, terms: OfferTerms
) -> Rejection | None:
    """Return why Stripe would refuse an offer that is otherwise fine, or None; a call is never refused.

    While an offer's coupon has yet to be made, pass its terms without it.
    """
    if terms.way == "call":
        return None
    try:
        first = await billing.preview(subscription_id, terms)
    except Refused as refused:
        if refused.fault == "credential":
            raise
        return Rejection(why=_CAUSES.get(refused.code, "stripe_refuses"), offer=terms.offer, detail=refused.code)
    return None if first.due.is_chargeable else Rejection(why="uncollectable", offer=terms.offer)
