"""Events: what is stored of one, and what it says of a subscription or of a customer's address."""

import json
import re
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from billing.translate import Json, identifier, moment, moment_or_none
from billing.translate.routine import changes_items, is_routine, is_whole
from billing.translate.subscription import cancellation
from billing.translate.text import storable, text
from domain.billing.periods import add_interval
from domain.cancellations.observation import Observation, Previous
from domain.cancellations.routine import SubscriptionUpdate
from domain.ids import CustomerId, EventId, SessionId, SubscriptionId
from domain.person import fold_address
from flows.ports import AddressChange, StripeEvent

_T = TypeVar("_T")
_MOMENTS = ("canceled_at", "cancel_at", "ended_at")
_STATES: dict[str, type[str | bool]] = {"status": str, "cancel_at_period_end": bool}
_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
_LONGEST_ID = 255
_LATEST = 10**10  # in the year 2286; Stripe counts seconds, and more would be milliseconds
_DEEPEST = 64  # Stripe's own are a dozen levels deep
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError)
"""What a body raises that has not the shape of Stripe's."""
_WORDS = {"reason": "kind", "feedback": "feedback", "feedback_option": "feedback_option", "comment": "comment"}


def stripe_event(event: Json, payload: str) -> StripeEvent:
    """Translate an event of whatever type; `payload` is its JSON as it came.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is no snapshot event of Stripe's.
    """
    if event["object"] != "event":
        raise ValueError("not a snapshot event")
    if not _ID.fullmatch(event["id"]):
        raise ValueError("not an id of Stripe's")
    created = _typed(event["created"], int)
    if not 0 < created < _LATEST:
        raise ValueError("not a time in seconds")
    return StripeEvent(
        id=EventId(event["id"]),
        type=_typed(event["type"], str),
        livemode=_typed(event["livemode"], bool),
        created_at=moment(created),
        payload=payload,
        subject=_subject(_typed(event["data"]["object"], dict)),
        accounts=_accounts(event),
        routine=is_routine(event),
    )


def is_shallow(body: Any, payload: str) -> bool:
    """Return whether JSON is no deeper than any event of Stripe's, so that whatever reads it later can.

    `payload` is the JSON as it came: each level begins with a bracket, and most events have few.
    """
    if payload.count("{") + payload.count("[") <= _DEEPEST:
        return True
    level: list[Any] = [[body]]
    for _ in range(_DEEPEST):
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [child for children in inner for child in children if isinstance(child, dict | list)]
        if not level:
            return True
    return False


def stored(stripe_event: StripeEvent) -> Json:
    """Read a stored event's JSON, which nobody may change."""
    return _parsed(stripe_event.payload)


@lru_cache(maxsize=32)
def _parsed(payload: str) -> Json:
    """Parse an event once, though several questions are asked about it within one attempt."""
    event: Json = json.loads(payload)
    return event


def observation(event: Json) -> Observation | None:
    """Translate a snapshot of a subscription, at whatever API version it was rendered.

    None for anything else, and where a field is missing or unreadable that tells the state.
    """
    try:
        return _observation(event, event["data"]["object"])
    except UNREADABLE:
        return None


def update(event: Json) -> SubscriptionUpdate | None:
    """Translate a snapshot of a subscription, with what else of it changed; None where `observation` is None."""
    try:
        seen, snapshot = _observation(event, event["data"]["object"]), event["data"]["object"]
        if seen is None:
            return None
        return SubscriptionUpdate(
            seen=seen,
            is_whole=is_whole(snapshot),
            changes_terms=not is_routine(event) or changes_items(event["data"]["previous_attributes"], snapshot),
        )
    except UNREADABLE:
        return None


def _observation(event: Json, seen: Json) -> Observation | None:
    if seen.get("object") != "subscription":
        return None
    created_at = moment(_created(event, seen))
    return Observation(
        subscription_id=SubscriptionId(seen["id"]),
        source="event",
        source_id=EventId(event["id"]),
        event_type=event["type"],
        seen_at=moment(event["created"]),
        previous=_previous(event["data"].get("previous_attributes")),
        status=_typed(seen["status"], str),
        created_at=created_at,
        canceled_at=_moment(seen.get("canceled_at")),
        cancel_at=_moment(seen.get("cancel_at")),
        cancel_at_period_end=_typed(seen["cancel_at_period_end"], bool),
        ended_at=_moment(seen.get("ended_at")),
        cancellation=cancellation(seen),
        collection_paused=seen.get("pause_collection") is not None,
        first_period_ends_at=_first_period_ends_at(seen, created_at),
    )


def address_change(event: Json) -> AddressChange | None:
    """Translate a `customer.updated` that changed the address; None for anything else.

    The same address in other capitals, or with its domain in the other spelling, is no change.
    """
    before = event["data"].get("previous_attributes") or {}
    seen = event["data"]["object"]
    if event["type"] != "customer.updated" or "email" not in before:
        return None
    if fold_address(before["email"] or "") == fold_address(seen.get("email") or ""):
        return None
    return AddressChange(
        customer_id=CustomerId(seen["id"]),
        changed_at=moment(event["created"]),
        before=storable(before["email"]),
        after=storable(seen.get("email")),
    )


def deleted_address(event: Json) -> str | None:
    """Return the address that a customer had, from their `customer.deleted`; None: they had none, or anything else."""
    return storable(event["data"]["object"].get("email")) if event["type"] == "customer.deleted" else None


def completed_checkout(event: Json) -> SessionId | None:
    """Return the session of a `checkout.session.completed`; None for anything else."""
    return event["data"]["object"]["id"] if event["type"] == "checkout.session.completed" else None


def _first_period_ends_at(seen: Json, created_at: datetime) -> datetime | None:
    """Return when the longest first period or trial ends; a snapshot of an older API version has plans for prices."""
    items = (seen.get("items") or {}).get("data") or [seen]
    lengths = [(item.get("price") or {}).get("recurring") or item.get("plan") for item in items]
    ends = [add_interval(created_at, each["interval"], each["interval_count"]) for each in lengths if each]
    if not ends:
        return None
    return max([*ends, moment_or_none(seen.get("trial_end")) or created_at])


def _typed(value: Any, kind: type[_T]) -> _T:
    """Return a value of Stripe's if it is of a kind; a word must have characters that any database stores."""
    if type(value) is not kind:  # not isinstance: True is no number
        raise TypeError(f"expected {kind.__name__}")
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("not a word of Stripe's")
    return value


def _moment(seconds: Any) -> datetime | None:
    if seconds is not None and not 0 < _typed(seconds, int) < _LATEST:
        raise ValueError("not a time in seconds")
    return moment_or_none(seconds)


def _accounts(event: Json) -> frozenset[str]:
    """Return the accounts that an event names: a connected one, and where its context ends (SDK: `StripeContext`)."""
    named = [_typed(event[name], str) for name in ("account", "context") if event.get(name) is not None]
    return frozenset(each.rpartition("/")[2] for each in named)


def _subject(seen: Json) -> str | None:
    if seen.get("object") in {"subscription", "customer"}:
        return _id(seen)
    parent = seen.get("parent")  # an invoice's
    details = parent.get("subscription_details") if isinstance(parent, dict) else None
    bought = seen.get("subscription")  # a Checkout session's
    return _id((details or {}).get("subscription")) or _id(bought) or _id(seen.get("customer"))


def _id(reference: str | Json | None) -> str | None:
    """Return the id of an object; old accounts have some of their own making, so only what no id can hold is refused.

    Raises:
        ValueError: it is too long, or has characters that can't be seen.
    """
    found = identifier(reference)
    if found is not None and (len(found) > _LONGEST_ID or not found.isprintable()):
        raise ValueError("not an id of Stripe's")
    return found


def _created(event: Json, seen: Json) -> int:
    """Return when a subscription was created, or what comes nearest where an older API version does not say."""
    known = (seen.get(name) for name in ("created", "start_date", "start"))
    return next((each for each in known if each is not None), None) or int(event["created"])


def _previous(before: Json | None) -> Previous | None:
    """Flatten `previous_attributes`; a key present with null stays present with None (Stripe: The Event object)."""
    if before is None:
        return None
    flat: dict[str, datetime | bool | str | None] = {name: _moment(before[name]) for name in _MOMENTS if name in before}
    if "pause_collection" in before:
        flat["collection_paused"] = before["pause_collection"] is not None
    flat |= {
        name: None if before[name] is None else _typed(before[name], kind)
        for name, kind in _STATES.items()
        if name in before
    }
    if "cancellation_details" in before:
        words = before["cancellation_details"]
        words = dict.fromkeys(_WORDS) if words is None else words
        flat |= {ours: text(identifier(words[theirs])) for theirs, ours in _WORDS.items() if theirs in words}
    return flat
