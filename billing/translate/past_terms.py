"""What an event shows of the terms of a subscription, as they were just before it."""

from datetime import timedelta

from billing.translate import Json, identifier, moment, moment_or_none
from billing.translate.event import UNREADABLE
from domain.billing.past_terms import PastItem, PastTerms

_ENDS = ("cancel_at_period_end", "cancel_at", "canceled_at", "ended_at")


def past_terms(event: Json) -> PastTerms | None:
    """Translate a snapshot of a subscription with its previous attributes put back.

    None where no cancellation shows, neither before nor after, and where an older API version has other fields.
    """
    seen = event["data"]["object"]
    if seen.get("object") != "subscription":
        return None
    before = event["data"].get("previous_attributes") or {}
    if not any(each.get(name) for each in (seen, before) for name in _ENDS):
        return None
    try:
        return _terms(event, seen | before, seen)
    except UNREADABLE:
        return None


def _terms(event: Json, found: Json, seen: Json) -> PastTerms:
    items = seen["items"] | found["items"]
    return PastTerms(
        at=moment(event["created"]) - timedelta(seconds=1),
        status=found["status"],
        ended_at=moment_or_none(found.get("ended_at")),
        trial_end_at=moment_or_none(found.get("trial_end")),
        collection_paused=found.get("pause_collection") is not None,
        items=tuple(_item(each) for each in items["data"]),
        more_items=bool(items.get("has_more")),
        discount_ids=_ids(found),
        invoice_id=identifier(found.get("latest_invoice")),
    )


def _item(found: Json) -> PastItem:
    return PastItem(
        id=found["id"], price_id=found["price"]["id"], quantity=found.get("quantity"), discount_ids=_ids(found)
    )


def _ids(owner: Json) -> tuple[str, ...]:
    return tuple(identifier(each) or "" for each in owner["discounts"])
