"""Endpoints of subscription schedules."""

from __future__ import annotations

from sandbox.stripe import views
from sandbox.stripe.account import Account
from sandbox.stripe.api.endpoint import Endpoint, listing, retrieve
from sandbox.stripe.ledger import Json
from sandbox.stripe.parameters import EXPAND, array, boolean, filled, hash_of, integer, metadata, not_negative, one_of

PATH = "/v1/subscription_schedules"
PHASE = hash_of(
    {
        "end_date": integer,
        "items": array(hash_of({"price": filled, "quantity": not_negative}, required=("price",))),
        "proration_behavior": one_of("always_invoice", "create_prorations", "none"),
        "start_date": integer,
    },
    required=("end_date", "items"),
)


def _create(account: Account, ids: dict[str, str], params: Json) -> Json:
    subscription = account.ledger.get("subscription", params["from_subscription"], param="from_subscription")
    return views.render(account.ledger, account.schedules.create(subscription), params.get("expand", ()))


def _update(account: Account, ids: dict[str, str], params: Json) -> Json:
    expand = params.pop("expand", ())
    schedule = account.schedules.update(account.ledger.get("subscription_schedule", ids["id"]), params)
    return views.render(account.ledger, schedule, expand)


def _release(account: Account, ids: dict[str, str], params: Json) -> Json:
    schedule = account.ledger.get("subscription_schedule", ids["id"])
    kept = params.get("preserve_cancel_date", False)
    released = account.schedules.release(schedule, preserve_cancel_date=kept)
    return views.render(account.ledger, released, params.get("expand", ()))


def _cancel(account: Account, ids: dict[str, str], params: Json) -> Json:
    schedule = account.schedules.cancel(account.ledger.get("subscription_schedule", ids["id"]))
    return views.render(account.ledger, schedule, params.get("expand", ()))


ENDPOINTS = [
    listing("subscription_schedule", PATH, "rak_subscription_read", {"customer": filled}),
    Endpoint(
        "POST",
        PATH,
        "rak_subscription_write",
        _create,
        {"from_subscription": filled} | EXPAND,
        required=("from_subscription",),
    ),
    retrieve("subscription_schedule", PATH, "rak_subscription_read"),
    Endpoint(
        "POST",
        PATH + "/{id}",
        "rak_subscription_write",
        _update,
        {"end_behavior": one_of("cancel", "release"), "metadata": metadata, "phases": array(PHASE)} | EXPAND,
    ),
    Endpoint(
        "POST", PATH + "/{id}/release", "rak_subscription_write", _release, {"preserve_cancel_date": boolean} | EXPAND
    ),
    Endpoint("POST", PATH + "/{id}/cancel", "rak_subscription_write", _cancel, EXPAND),
]
