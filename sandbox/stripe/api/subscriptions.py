"""Endpoints of subscriptions."""

from __future__ import annotations

from sandbox.stripe import views
from sandbox.stripe.account import Account
from sandbox.stripe.api.endpoint import Endpoint, listing, retrieve
from sandbox.stripe.ledger import Json
from sandbox.stripe.parameters import (
    EXPAND,
    RANGE,
    array,
    boolean,
    filled,
    hash_of,
    integer,
    metadata,
    one_of,
    text,
    unsettable,
)
from sandbox.stripe.subscriptions import OVER, REASONS

STATUSES = (
    "active",
    "all",
    "canceled",
    "ended",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "paused",
    "trialing",
    "unpaid",
)
CANCELLATION_DETAILS = hash_of(
    {
        "comment": unsettable(text),
        "feedback": unsettable(one_of(*REASONS)),
        "feedback_option": unsettable(text),
    }
)
DISCOUNTS = unsettable(array(hash_of({"coupon": filled, "discount": filled})))


def _cancel_at(value: object, name: str) -> int | str:
    helpers = ("min_period_end", "max_period_end")
    return one_of(*helpers)(value, name) if value in helpers else integer(value, name)


UPDATE = {
    "cancel_at": unsettable(_cancel_at),
    "cancel_at_period_end": boolean,
    "cancellation_details": CANCELLATION_DETAILS,
    "default_payment_method": filled,
    "discounts": DISCOUNTS,
    "items": array(hash_of({"id": filled, "price": filled, "quantity": integer}, required=("id",))),
    "metadata": metadata,
    "pause_collection": unsettable(
        hash_of(
            {"behavior": one_of("keep_as_draft", "mark_uncollectible", "void"), "resumes_at": integer},
            required=("behavior",),
        )
    ),
    "proration_behavior": one_of("always_invoice", "create_prorations", "none"),
} | EXPAND


def _keep(account: Account, subscription: Json, params: Json) -> bool:
    """Decide by price and status; without the filter a list leaves out what is canceled."""
    prices = [item["price"]["id"] for item in subscription["items"]["data"]]
    if params.get("price", prices[0]) not in prices:
        return False
    wanted, status = params.get("status"), subscription["status"]
    if wanted is None:
        return bool(status != "canceled")
    if wanted == "ended":
        return bool(status in OVER)
    return bool(wanted in {"all", status})


def _create(account: Account, ids: dict[str, str], params: Json) -> Json:
    ledger = account.ledger
    customer = ledger.get("customer", params["customer"], param="customer")
    lines = [
        (ledger.get("price", item["price"], param=f"items[{index}][price]"), item.get("quantity", 1))
        for index, item in enumerate(params["items"])
    ]
    subscription = account.subscribe(
        customer,
        *lines,
        flexible=params.get("billing_mode", {}).get("type", "flexible") == "flexible",
        trial_end=params.get("trial_end"),
        cancel_at=params.get("cancel_at"),
        default_payment_method=params.get("default_payment_method"),
        incomplete=params.get("payment_behavior") == "default_incomplete",
    )
    return views.render(ledger, subscription, params.get("expand", ()))


def _update(account: Account, ids: dict[str, str], params: Json) -> Json:
    expand = params.pop("expand", ())
    subscription = account.subscriptions.update(account.ledger.get("subscription", ids["id"]), params)
    return views.render(account.ledger, subscription, expand)


def _cancel(account: Account, ids: dict[str, str], params: Json) -> Json:
    subscription = account.ledger.get("subscription", ids["id"])
    account.subscriptions.cancel(subscription, params.get("cancellation_details", {}))
    return views.render(account.ledger, subscription, params.get("expand", ()))


ENDPOINTS = [
    listing(
        "subscription",
        "/v1/subscriptions",
        "rak_subscription_read",
        {
            "collection_method": one_of("charge_automatically", "send_invoice"),
            "created": RANGE,
            "customer": filled,
        },
        others={"price": filled, "status": one_of(*STATUSES)},
        keep=_keep,
    ),
    Endpoint(
        "POST",
        "/v1/subscriptions",
        "rak_subscription_write",
        _create,
        {
            "billing_mode": hash_of({"type": one_of("classic", "flexible")}),
            "cancel_at": integer,
            "customer": filled,
            "default_payment_method": filled,
            "items": array(hash_of({"price": filled, "quantity": integer}, required=("price",))),
            "payment_behavior": one_of("allow_incomplete", "default_incomplete"),
            "trial_end": integer,
        }
        | EXPAND,
        required=("customer", "items"),
    ),
    retrieve("subscription", "/v1/subscriptions", "rak_subscription_read"),
    Endpoint("POST", "/v1/subscriptions/{id}", "rak_subscription_write", _update, UPDATE),
    Endpoint(
        "DELETE",
        "/v1/subscriptions/{id}",
        "rak_subscription_write",
        _cancel,
        {"cancellation_details": CANCELLATION_DETAILS} | EXPAND,
    ),
]
