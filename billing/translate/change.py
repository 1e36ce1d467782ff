"""What a subscription's update asks for: only what still lies between how it is and how an offer wants it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from billing.translate import Json, identifier
from domain.winback.offer import ExtendTrial, Pause, SwitchPlan
from domain.winback.proposal import UndoSnapshot
from domain.winback.terms import OfferTerms

if TYPE_CHECKING:
    from stripe.params import SubscriptionUpdateParams, SubscriptionUpdateParamsDiscount, SubscriptionUpdateParamsItem

BEFORE_RESTART = timedelta(hours=1)
"""How long before it is due the first invoice after a pause is collected again: at that very moment it may be void."""


def accepting(found: Json, terms: OfferTerms) -> "SubscriptionUpdateParams":
    """Un-cancel and apply an offer; empty if nothing is left to do."""
    asked: SubscriptionUpdateParams = {}
    if found["cancel_at_period_end"]:  # one of the two: with both Stripe refuses
        asked["cancel_at_period_end"] = False
    elif found["cancel_at"] is not None:
        asked["cancel_at"] = ""
    if terms.coupon is not None and not _given(found, terms, but=()):
        asked["discounts"] = [*_resent(found["discounts"] or _inherited(found)), {"coupon": terms.coupon.id}]
    if isinstance(terms.offer, SwitchPlan) and terms.price is not None:
        asked |= _priced(found, {item["id"]: terms.price.id for item in found["items"]["data"]})
    if isinstance(terms.offer, ExtendTrial) and terms.trial_ends_at is not None:
        asked |= _trial(found, terms.trial_ends_at)
    if isinstance(terms.offer, Pause) and terms.restarts_at is not None and found["pause_collection"] is None:
        asked["pause_collection"] = {"behavior": "void", "resumes_at": seconds(terms.restarts_at - BEFORE_RESTART)}
    return asked


def restoring(found: Json, before: UndoSnapshot, terms: OfferTerms) -> "SubscriptionUpdateParams":
    """Undo what `accepting` changed, and nothing that others changed since; empty if nothing is left to do."""
    asked: SubscriptionUpdateParams = {}
    if before.cancel_at_period_end:
        if not found["cancel_at_period_end"]:
            asked["cancel_at_period_end"] = True
    elif before.cancel_at is not None and found["cancel_at"] != seconds(before.cancel_at):
        asked["cancel_at"] = seconds(before.cancel_at)
    if given := _given(found, terms, but=[discount.id for discount in before.discounts]):
        left = [each for each in found["discounts"] if each not in given]
        only_inherited = not before.discounts and [each["id"] for each in left] == [d["id"] for d in _inherited(found)]
        asked["discounts"] = "" if only_inherited else _resent(left) or ""
    if isinstance(terms.offer, SwitchPlan):
        asked |= _priced(found, {item.id: item.price.id for item in before.items})
    if isinstance(terms.offer, ExtendTrial) and before.trial_end_at is not None:
        asked |= _trial(found, before.trial_end_at)
    if isinstance(terms.offer, Pause) and found["pause_collection"] is not None:
        asked["pause_collection"] = ""
    return asked


def seconds(moment: datetime) -> int:
    """Write a moment as Stripe does, in Unix seconds."""
    return int(moment.timestamp())


def _given(found: Json, terms: OfferTerms, *, but: Collection[str]) -> list[Json]:
    """List the discounts by the offer's coupon, but those that were there before."""
    if terms.coupon is None:
        return []
    return [
        discount
        for discount in found["discounts"]
        if identifier(discount["source"]["coupon"]) == terms.coupon.id and discount["id"] not in but
    ]


def _inherited(found: Json) -> list[Json]:
    """List the customer's discount, in force while the subscription has none of its own; it is lost unless sent along.

    The customer must be expanded.
    """
    discount = found["customer"]["discount"]
    return [] if discount is None else [discount]


def _resent(discounts: Iterable[Json]) -> "list[SubscriptionUpdateParamsDiscount]":
    """Send discounts along so that they stay: the list replaces all (Stripe: Update a subscription, `discounts`)."""
    return [{"discount": each["id"]} for each in discounts]


def _priced(found: Json, wanted: Mapping[str, str]) -> "SubscriptionUpdateParams":
    """Change the prices of items at their present quantity, from the next invoice on."""
    items: list[SubscriptionUpdateParamsItem] = []
    for item in found["items"]["data"]:
        price_id = wanted.get(item["id"], item["price"]["id"])
        if price_id != item["price"]["id"]:
            items.append({"id": item["id"], "price": price_id})
            if item.get("quantity") is not None:
                items[-1]["quantity"] = item["quantity"]
    return {"items": items, "proration_behavior": "none"} if items else {}


def _trial(found: Json, ends_at: datetime) -> "SubscriptionUpdateParams":
    if found["trial_end"] == seconds(ends_at):
        return {}
    return {"trial_end": seconds(ends_at), "proration_behavior": "none"}
