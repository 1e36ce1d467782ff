"""Events: what is stored of one, and what it says of a subscription or of a customer's address."""

import json
from datetime import datetime
from typing import Any, TypeVar

from billing.translate import Json, identifier, moment, moment_or_none
from billing.translate.subscription import cancellation
from domain.billing.periods import add_interval
from domain.cancellations.observation import Observation, Previous
from domain.ids import CustomerId, EventId, SessionId, SubscriptionId
from flows.ports import AddressChange, StripeEvent

_T = TypeVar("_T")
_MOMENTS = ("canceled_at", "cancel_at", "ended_at")
_WORDS = {"reason": "kind", "feedback": "feedback", "feedback_option": "feedback_option", "comment": "comment"}


def stripe_event(event: Json, payload: str) -> StripeEvent:
    """Translate an event of whatever type; `payload` is its JSON as it came.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is no snapshot event of Stripe's.
    """
    if event["object"] != "event":
        raise ValueError("not a snapshot event")
    return StripeEvent(
        id=EventId(_typed(event["id"], str)),
        type=_typed(event["type"], str),
        livemode=_typed(event["livemode"], bool),
        created_at=moment(_typed(event["created"], int)),
        payload=payload,
        subject=_subject(_typed(event["data"]["object"], dict)),
    )


def stored(stripe_event: StripeEvent) -> Json:
    """Read a notice's event again."""
    event: Json = json.loads(stripe_event.payload)
    return event


def observation(event: Json) -> Observation | None:
    """Translate a snapshot of a subscription, at whatever API version it was rendered; None for anything else."""
    seen = event["data"]["object"]
    if seen.get("object") != "subscription":
        return None
    return Observation(
        subscription_id=SubscriptionId(seen["id"]),
        source="event",
        source_id=EventId(event["id"]),
        event_type=event["type"],
        seen_at=moment(event["created"]),
        row_version=None,
        previous=_previous(event["data"].get("previous_attributes")),
        status=seen["status"],
        created_at=moment(seen["created"]),
        canceled_at=moment_or_none(seen.get("canceled_at")),
        cancel_at=moment_or_none(seen.get("cancel_at")),
        cancel_at_period_end=seen["cancel_at_period_end"],
        ended_at=moment_or_none(seen.get("ended_at")),
        cancellation=cancellation(seen),
        collection_paused=seen.get("pause_collection") is not None,
        first_period_ends_at=_first_period_ends_at(seen),
    )


def address_change(event: Json) -> AddressChange | None:
    """Translate a `customer.updated` that changed the address; None for anything else."""
    before = event["data"].get("previous_attributes") or {}
    seen = event["data"]["object"]
    if event["type"] != "customer.updated" or "email" not in before:
        return None
    return AddressChange(
        customer_id=CustomerId(seen["id"]),
        changed_at=moment(event["created"]),
        before=before["email"],
        after=seen.get("email"),
    )


def completed_checkout(event: Json) -> SessionId | None:
    """Return the session of a `checkout.session.completed`; None for anything else."""
    return event["data"]["object"]["id"] if event["type"] == "checkout.session.completed" else None


def _first_period_ends_at(seen: Json) -> datetime | None:
    """Return when the longest first period or trial ends; a snapshot of an older API version has plans for prices."""
    created_at = moment(seen["created"])
    items = (seen.get("items") or {}).get("data") or [seen]
    lengths = [(item.get("price") or {}).get("recurring") or item.get("plan") for item in items]
    ends = [add_interval(created_at, each["interval"], each["interval_count"]) for each in lengths if each]
    if not ends:
        return None
    return max([*ends, moment_or_none(seen.get("trial_end")) or created_at])


def _typed(value: Any, kind: type[_T]) -> _T:
    if not isinstance(value, kind):
        raise TypeError(f"expected {kind.__name__}")
    return value


def _subject(seen: Json) -> str | None:
    if seen.get("object") in {"subscription", "customer"}:
        return identifier(seen)
    parent = (seen.get("parent") or {}).get("subscription_details") or {}  # an invoice's
    bought = seen.get("subscription")  # a Checkout session's
    return identifier(parent.get("subscription")) or identifier(bought) or identifier(seen.get("customer"))


def _previous(before: Json | None) -> Previous | None:
    """Flatten `previous_attributes`; a key present with null stays present with None (Stripe: The Event object)."""
    if before is None:
        return None
    flat: dict[str, datetime | bool | str | None] = {
        name: moment_or_none(before[name]) for name in _MOMENTS if name in before
    }
    if "pause_collection" in before:
        flat["collection_paused"] = before["pause_collection"] is not None
    flat |= {name: before[name] for name in ("status", "cancel_at_period_end") if name in before}
    if "cancellation_details" in before:
        words = before["cancellation_details"]
        words = dict.fromkeys(_WORDS) if words is None else words
        flat |= {ours: identifier(words[theirs]) for theirs, ours in _WORDS.items() if theirs in words}
    return flat
