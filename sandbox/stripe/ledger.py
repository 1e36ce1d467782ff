"""What the account holds: objects just as Stripe shows them, the time they are changed at, and the events of change."""

from __future__ import annotations

import base64
import copy
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.clock import Clock
from sandbox.stripe.errors import missing

Json = dict[str, Any]
Due = tuple[int, Callable[[], None]]
"""A moment in Unix seconds, and what happens then."""
API_VERSION = "2026-10-28.endive"
DAY = 86_400
OVER = {"canceled", "incomplete_expired"}
"""Statuses of subscriptions that have ended for good."""
ITEMS_SHOWN = 10
EVENTS_KEPT = 30 * DAY  # Stripe: List all events

PREFIXES = {
    "billing.feedback_option": "fo",
    "billing_portal.configuration": "bpc",
    "billing_portal.session": "bps",
    "charge": "ch",
    "checkout.session": "cs_test",
    "coupon": "co",
    "customer": "cus",
    "discount": "di",
    "dispute": "du",
    "event": "evt",
    "invoice": "in",
    "invoice_payment": "inpay",
    "invoiceitem": "ii",
    "item": "li",
    "line_item": "il",
    "payment_intent": "pi",
    "payment_method": "pm",
    "price": "price",
    "product": "prod",
    "promotion_code": "promo",
    "refund": "re",
    "request": "req",
    "subscription": "sub",
    "subscription_item": "si",
    "subscription_schedule": "sub_sched",
    "tax_rate": "txr",
    "webhook_endpoint": "we",
}


class Ledger:
    """Tables of objects by kind (`objects["customer"]["cus_…"]`), oldest first.

    Objects are kept whole; what Stripe shows only on `expand` is taken out when one is rendered
    (`sandbox.stripe.views`) and in events.
    """

    def __init__(self, clock: Clock, *, livemode: bool) -> None:
        self.livemode = livemode
        self.objects: dict[str, dict[str, Json]] = {kind: {} for kind in PREFIXES}
        self.deleted: dict[str, str] = {}
        self.on_event: list[Callable[[Json], None]] = []
        self.request: Json = {"id": None, "idempotency_key": None}
        self.silent = False
        self.tax_settings: Json = {
            "object": "tax.settings",
            "defaults": {"provider": "stripe", "tax_behavior": "inferred_by_currency", "tax_code": "txcd_10103001"},
            "head_office": None,
            "livemode": livemode,
            "status": "active",
            "status_details": {"active": {}},
        }
        self._clock = clock
        self._moment: int | None = None

    @property
    def now(self) -> int:
        """The present second, or the due moment of what is being done late."""
        return int(self._clock.now().timestamp()) if self._moment is None else self._moment

    @property
    def _past_keeping(self) -> bool:
        """Whether what happens at this moment is too long ago for an event."""
        return self._moment is not None and self._moment < int(self._clock.now().timestamp()) - EVENTS_KEPT

    @contextmanager
    def at(self, moment: int) -> Iterator[None]:
        """Do what happens inside as if at this moment: its `created` and its event's."""
        before, self._moment = self._moment, moment
        try:
            yield
        finally:
            self._moment = before

    @contextmanager
    def asked_by(self, request_id: str, idempotency_key: str | None) -> Iterator[None]:
        """Set the request that causes the events of what happens inside."""
        before, self.request = self.request, {"id": request_id, "idempotency_key": idempotency_key}
        try:
            yield
        finally:
            self.request = before

    def new_id(self, kind: str) -> str:
        return f"{PREFIXES[kind]}_1" + base64.b64encode(random.randbytes(18), b"xX")[:23].decode()

    def add(self, obj: Json, *, event: str | None = None) -> Json:
        """Keep a new object; `event` is the event's type, if Stripe has one for it."""
        self.objects[obj["object"]][obj["id"]] = obj
        if event:
            self.emit(event, obj)
        return obj

    def get(self, kind: str, identifier: str, *, param: str | None = None) -> Json:
        """Find an object.

        Raises:
            Refusal: `resource_missing`; 404, or 400 when `param` names the parameter that held the id.
        """
        found = self.objects[kind].get(identifier)
        if found is None:
            raise missing(kind, identifier, param=param)
        return found

    def all(self, kind: str, **fields: Any) -> list[Json]:
        """Find objects by equal fields, oldest first."""
        return [
            obj for obj in self.objects[kind].values() if all(obj.get(key) == value for key, value in fields.items())
        ]

    def aside(self, *own: Json) -> Ledger:
        """Copy the account as it is now for what is only tried out: objects in `own`, coupons and codes may be changed.

        All other objects are the account's own; no event of what happens there leaves it.
        """
        copied = Ledger(self._clock, livemode=self.livemode)
        copied._moment = self.now
        copied.deleted, copied.tax_settings = self.deleted, self.tax_settings
        copied.objects |= {kind: dict(table) for kind, table in self.objects.items() if kind != "event"}
        for kind in ("coupon", "promotion_code"):
            copied.objects[kind] = {identifier: dict(obj) for identifier, obj in self.objects[kind].items()}
        for obj in own:
            copied.objects[obj["object"]][obj["id"]] = copy.deepcopy(obj)
        return copied

    @contextmanager
    def changing(self, obj: Json, *, event: str) -> Iterator[Json]:
        """Change an object inside; afterwards its event tells what differs, if anything does."""
        if self._past_keeping:
            yield obj
            return
        before = copy.deepcopy(obj)
        yield obj
        previous = difference(before, obj)
        if previous:
            self.emit(event, obj, previous)

    def emit(self, kind: str, obj: Json, previous: Json | None = None) -> None:
        """Record an event with the object as it is now; those past Stripe's thirty days are not kept."""
        if self._past_keeping:
            return
        data: Json = {"object": strip_hidden(obj)}
        if previous is not None:
            data["previous_attributes"] = previous
        event: Json = {
            "id": self.new_id("event"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "data": data,
            "livemode": self.livemode,
            "pending_webhooks": 0,
            "request": dict(self.request),
            "type": kind,
        }
        self.objects["event"][event["id"]] = event
        if not self.silent:
            for listener in self.on_event:
                listener(event)


HIDDEN: dict[str, tuple[str, ...]] = {
    "billing_portal.configuration": ("features.subscription_update.products",),
    "charge": ("refunds",),
    "checkout.session": ("line_items",),
    "coupon": ("applies_to", "currency_options"),
    "customer": ("sources", "subscriptions", "tax_ids"),
    "invoice": ("payments",),
    "price": ("currency_options", "tiers", "currency_options.*.tiers"),
}
"""Fields that Stripe leaves out unless they are expanded (the SDK's docstrings: "This field is not included by
default"), by dotted path; `*` is any key."""


def hidden_in(obj: Json) -> tuple[str, ...]:
    """Return which fields of an object are shown on `expand` only."""
    kind = obj.get("object")  # an event's data holds a whole object under this name
    return HIDDEN.get(kind, ()) if isinstance(kind, str) else ()


def hidden_below(hidden: tuple[str, ...], key: str) -> tuple[str, ...]:
    """Return which of these paths go on under a field, from there."""
    return tuple(path.partition(".")[2] for path in hidden if path.startswith((f"{key}.", "*.")))


def strip_hidden(value: Any, hidden: tuple[str, ...] = ()) -> Any:
    """Copy an object without what is shown on `expand` only; `hidden` are the paths of an object around it."""
    if isinstance(value, dict):
        value = first_page(value)
        hidden += hidden_in(value)
        further = tuple(path for path in hidden if "." in path)
        return {
            key: strip_hidden(child, hidden_below(further, key)) if isinstance(child, dict | list) else child
            for key, child in value.items()
            if key not in hidden
        }
    if isinstance(value, list):
        return [strip_hidden(child) for child in value]
    return value


def first_page(value: Json) -> Json:
    """Cut a subscription's items down to what it shows of them; `GET /v1/subscription_items` has the rest.

    ASSUMED[items-shown]: ten, as many as a list has by default.
    """
    if not str(value.get("url", "")).startswith("/v1/subscription_items?") or len(value["data"]) <= ITEMS_SHOWN:
        return value
    return value | {"data": value["data"][:ITEMS_SHOWN], "has_more": True}


def difference(before: Json, after: Json) -> Json:
    """Return what changed, by the old values, as `previous_attributes` does.

    Nested hashes keep only their changed keys; an array is told whole; a key that was not there before is told as null
    (Stripe: The Event object).
    """
    changed: Json = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        changed[key] = (
            strip_hidden(difference(old, new)) if isinstance(old, dict) and isinstance(new, dict) else strip_hidden(old)
        )
    return changed
