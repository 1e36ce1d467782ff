"""Events such as Stripe should never send: each is refused, finished or set aside, and the next one is processed."""

import copy
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from flows.ports import InvalidEvent
from sandbox.stripe.ledger import Json
from sandbox.stripe.webhooks import sign
from tests.flows.events.harness import SECRET, EventHarness

MISSING = object()
NUL, SURROGATE = "a\x00b", "\ud83d"
OBJECT = ("data", "object")
END_OF_TIME = 253402300799  # the last second of the year 9999

ODD_ENVELOPES: list[tuple[tuple[str, ...], list[Any]]] = [
    (("id",), [MISSING, None, 7, "", "evt odd", NUL, SURROGATE, "e" * 300, "odd-form_1"]),
    (("object",), [MISSING, "v2.core.event"]),
    (("type",), [MISSING, None, 7, [], NUL, "customer.subscription.unheard_of"]),
    (("created",), [MISSING, None, "x", 0, -1, 1.5, True, 10**18, float("nan"), END_OF_TIME]),
    (("livemode",), [MISSING, None, "false", 0]),
    (("account",), [7, {}, "acct_another"]),
    (("data",), [MISSING, None, [], "x"]),
    (OBJECT, [MISSING, None, [], "x", {}]),
    (("data", "previous_attributes"), [None, [], "x", 7, {"status": {}}, {"status": NUL}, {"canceled_at": "x"}]),
]
ODD_SUBSCRIPTIONS: list[tuple[tuple[str, ...], list[Any]]] = [
    ((*OBJECT, "id"), [MISSING, 7, "", NUL, SURROGATE, "s" * 300, "sub_unheard_of", "../customers"]),
    ((*OBJECT, "object"), [MISSING, {}, "invoice", "customer"]),
    ((*OBJECT, "status"), [MISSING, 7, NUL, SURROGATE, "unheard_of"]),
    ((*OBJECT, "created"), [MISSING, "x", 10**18, END_OF_TIME]),
    ((*OBJECT, "canceled_at"), ["x", True, -(10**18), END_OF_TIME]),
    ((*OBJECT, "cancel_at"), [{}, END_OF_TIME]),
    ((*OBJECT, "cancel_at_period_end"), [MISSING, "true"]),
    ((*OBJECT, "ended_at"), ["x", END_OF_TIME]),
    ((*OBJECT, "cancellation_details"), ["x", [], {"comment": NUL + SURROGATE}, {"feedback": 7}, {"reason": {}}]),
    ((*OBJECT, "items"), ["x", {"data": [None]}, {"data": [{"plan": {"interval": "eon", "interval_count": 1}}]}]),
    ((*OBJECT, "items"), [{"data": [{"plan": {"interval": "year", "interval_count": 10**9}}]}]),
    ((*OBJECT, "customer"), [MISSING, {}, 7]),
    ((*OBJECT, "pause_collection"), ["x"]),
    ((*OBJECT, "trial_end"), [END_OF_TIME]),
]
ODD_CUSTOMERS: list[tuple[tuple[str, ...], list[Any]]] = [
    ((*OBJECT, "id"), [MISSING, None, 7, NUL, "cus_unheard_of"]),
    ((*OBJECT, "email"), [MISSING, None, 7, [], NUL, SURROGATE, "@", "x" * 10_000]),
    (("data", "previous_attributes", "email"), [None, 7, [], NUL, SURROGATE, "x" * 10_000]),
]
ODD_SESSIONS: list[tuple[tuple[str, ...], list[Any]]] = [
    ((*OBJECT, "id"), [MISSING, None, 7, [], NUL, "cs_unheard_of"]),
    ((*OBJECT, "subscription"), [MISSING, 7, [], {}, NUL]),
]
ENDS = {"done", "gone", "trusted", "set_aside", "400", "dropped"}


def event_of(harness: EventHarness, kind: str) -> Json:
    """Return an event of this type as the sandbox's Stripe sends it, about a subscription of its own."""
    stripe = harness.stripe
    subscription = harness.subscribe()
    if kind == "customer.subscription.deleted":
        stripe.cancel_now(subscription)
    elif kind.startswith("customer.subscription.") and not kind.endswith("created"):
        stripe.portal_cancel(subscription, "other", "Too dear")
    elif kind == "customer.updated":
        stripe.update_email(stripe.ledger.get("customer", subscription["customer"]), "dana@new-mail.com")
    event: Json = json.loads(json.dumps(stripe.webhooks.held[-1])) | {"type": kind}
    if kind == "checkout.session.completed":
        event["data"] = {"object": {"id": "cs_1", "object": "checkout.session", "subscription": subscription["id"]}}
    return event


def spoil(event: Json, path: tuple[str, ...], value: Any) -> bytes:
    """Return the body of an event with one value changed or missing."""
    spoilt = copy.deepcopy(event)
    inner = spoilt
    for name in path[:-1]:
        inner = inner[name]
    if value is MISSING:
        inner.pop(path[-1], None)
    else:
        inner[path[-1]] = value
    return json.dumps(spoilt).encode()


async def end_of(harness: EventHarness, body: bytes) -> str:
    """Receive a body and work it off, however often that takes; return how it ended."""
    now = harness.now()
    try:
        signature = sign(body, SECRET, int(now.timestamp()))
        if not await harness.flows.event_receiver.receive(body, signature, now=now, wall=now):
            return "dropped"
    except InvalidEvent:
        return "400"
    for _ in range(12):
        end = await harness.work()
        if end != "later":
            return end
        harness.pass_time(timedelta(minutes=5))
    return "later for ever"


ODD = {
    "customer.subscription.updated": ODD_ENVELOPES + ODD_SUBSCRIPTIONS,
    "customer.subscription.deleted": [(path, values[-1:]) for path, values in ODD_SUBSCRIPTIONS],
    "customer.subscription.created": [(path, values[:1]) for path, values in ODD_SUBSCRIPTIONS[::3]],
    "customer.subscription.resumed": [(path, values[:1]) for path, values in ODD_SUBSCRIPTIONS[1::3]],
    "customer.subscription.paused": [(path, values[:1]) for path, values in ODD_SUBSCRIPTIONS[2::3]],
    "customer.subscription.trial_will_end": [(path, values[:1]) for path, values in ODD_SUBSCRIPTIONS[::4]],
    "customer.updated": ODD_CUSTOMERS,
    "checkout.session.completed": ODD_SESSIONS,
}


BODIES = [b"[" * 100_000, b'{"a":' * 900 + b"1" + b"}" * 900, b"\xff\xfe", b"null", b"", b"1" * 5000]


async def ends_of(
    harness: EventHarness, kind: str, path: tuple[str, ...], values: list[Any]
) -> AsyncIterator[tuple[Any, str]]:
    """Work off an event with each of these values in turn; yield the value and how it ended."""
    event = event_of(harness, kind)
    if path[1:2] == ("previous_attributes",) and len(path) > 2:
        event["data"].setdefault("previous_attributes", {})
    for number, value in enumerate(values):
        event["id"] = f"evt_{harness.stripe.ledger.new_id('event')}{number}"
        yield value, await end_of(harness, spoil(event, path, value))


@pytest.mark.timeout(300)  # two hundred events
async def test_odd_events_end_and_the_next_is_processed(harness: EventHarness) -> None:
    """All in one test: to start a sandbox takes longer than the events."""
    wrong: list[tuple[Any, ...]] = []
    for kind, oddities in ODD.items():
        for path, values in oddities:
            wrong += [
                (kind, path, value, end) async for value, end in ends_of(harness, kind, path, values) if end not in ENDS
            ]
    assert not wrong
    assert [await end_of(harness, body) for body in BODIES] == ["400"] * len(BODIES)
    assert await end_of(harness, json.dumps(event_of(harness, "customer.subscription.updated")).encode()) == "done"
    assert await harness.waiting() == 0


async def test_unknown_currency_is_no_obstacle(harness: EventHarness) -> None:
    stripe = harness.stripe
    customer = stripe.create_customer(name="Dana Scully", email="dana@scully-mail.com")
    stripe.cards.attach(customer)
    subscription = stripe.subscribe(customer, stripe.catalog.add_price(stripe.catalog.add_product("Pro"), 4900, "xts"))
    stripe.portal_cancel(subscription, "other", "Too dear")
    assert await end_of(harness, json.dumps(stripe.webhooks.held[-1]).encode()) == "done"
    assert await harness.states(subscription) == ["pending"]
