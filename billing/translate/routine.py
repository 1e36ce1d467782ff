"""What a renewal changes of a subscription, so that an update can be told to be about nothing else."""

from billing.translate import Json
from domain.cancellations.routine import UPDATED

_TELLING = frozenset(
    {
        "status",
        "canceled_at",
        "cancel_at",
        "cancel_at_period_end",
        "ended_at",
        "cancellation_details",
        "pause_collection",
    }
)
_ROUTINE = frozenset(
    {
        "current_period_start",  # on the subscription till 2025-03-31.basil
        "current_period_end",
        "items",  # their periods; whether nothing else, `changes_items` sees
        "latest_invoice",
        "next_pending_invoice_item_invoice",
        "default_payment_method",
        "default_source",
        "pending_setup_intent",
        "metadata",
        "description",
    }
)
_PERIODS = frozenset({"current_period_start", "current_period_end", "billed_until"})


def is_whole(seen: Json) -> bool:
    """Return whether a snapshot has all that tells of a cancellation; older API versions lack some of it."""
    return _TELLING.issubset(seen)


def is_routine(event: Json) -> bool:
    """Return whether a renewal could have changed what an update event tells of."""
    before = event["data"].get("previous_attributes")
    return event["type"] == UPDATED and isinstance(before, dict) and bool(before) and _ROUTINE.issuperset(before)


def changes_items(before: Json, seen: Json) -> bool:
    """Return whether more than the items' periods changed; an array is told whole (Stripe: The Event object)."""
    if "items" not in before:
        return False
    if before["items"].keys() != {"data"} or seen["items"]["has_more"]:
        return True
    old, new = before["items"]["data"], seen["items"]["data"]
    return len(old) != len(new) or any(
        was.get(name) != now.get(name)
        for was, now in zip(old, new, strict=True)
        for name in (was.keys() | now.keys()) - _PERIODS
    )
