"""Endpoints of events: what happened in the last thirty days."""

from __future__ import annotations

from fnmatch import fnmatchcase

from sandbox.stripe.account import Account
from sandbox.stripe.api.endpoint import listing, retrieve
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import EVENTS_KEPT, Json
from sandbox.stripe.parameters import RANGE, array, boolean, filled


def _types(value: object, name: str) -> list[str]:
    wanted: list[str] = array(filled)(value, name)
    if len(wanted) > 20:  # Stripe: List all events, `types`
        raise Refusal("You may pass up to 20 strings.", param=name)
    return wanted


def _keep(account: Account, event: Json, params: Json) -> bool:
    delivered = event["pending_webhooks"] == 0
    return (
        event["created"] > account.ledger.now - EVENTS_KEPT
        and params.get("delivery_success", delivered) == delivered
        and event["type"] in params.get("types", [event["type"]])
        and fnmatchcase(event["type"], params.get("type", "*"))
    )


ENDPOINTS = [
    listing(
        "event",
        "/v1/events",
        "rak_event_read",
        {"created": RANGE},
        others={"delivery_success": boolean, "type": filled, "types": _types},
        keep=_keep,
    ),
    retrieve("event", "/v1/events", "rak_event_read"),
]
