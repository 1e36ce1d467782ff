"""Endpoints of subscriptions."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.stripe import views
from sandbox.stripe.account import Account
from sandbox.stripe.api.endpoint import Endpoint, listing, retrieve
from sandbox.stripe.currencies import choose
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import DAY, OVER, Json
from sandbox.stripe.parameters import (
    EXPAND,
    PAGE,
    RANGE,
    array,
    boolean,
    filled,
    hash_of,
    integer,
    metadata,
    not_negative,
    one_of,
    positive,
    text,
    unsettable,
    word_or,
)
from sandbox.stripe.prices import require_sold_in, sellable
from sandbox.stripe.subscriptions import REASONS
from sandbox.stripe.taxes import tax_rates
from sandbox.stripe.terms import collection

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
    {"comment": unsettable(text), "feedback": unsettable(one_of(*REASONS)), "feedback_option": unsettable(text)}
)
DISCOUNTS = unsettable(array(hash_of({"coupon": filled, "discount": filled, "promotion_code": filled})))
AUTOMATIC_TAX = hash_of({"enabled": boolean}, required=("enabled",))
COLLECTION = {"collection_method": one_of("charge_automatically", "send_invoice"), "days_until_due": integer}
OWN = {"discounts": DISCOUNTS, "tax_rates": unsettable(array(filled))}
"""What an item may have of its own."""
CHANGED_PRICES = {
    "billing_cycle_anchor": hash_of({"type": one_of("now", "unchanged")}, required=("type",)),
    "cancel_at": unsettable(word_or(integer, "min_period_end", "max_period_end")),
    "cancel_at_period_end": boolean,
    "default_tax_rates": unsettable(array(filled)),
    "items": array(hash_of({"deleted": boolean, "id": filled, "price": filled, "quantity": not_negative} | OWN)),
    "proration_behavior": one_of("always_invoice", "create_prorations", "none"),
    "trial_end": word_or(integer, "now"),
}
"""What changes the next invoice, in an update as in a preview."""
UPDATE = (
    CHANGED_PRICES
    | COLLECTION
    | {
        "automatic_tax": AUTOMATIC_TAX,
        "cancellation_details": CANCELLATION_DETAILS,
        "default_payment_method": filled,
        "discounts": DISCOUNTS,
        "metadata": metadata,
        "pause_collection": unsettable(
            hash_of(
                {"behavior": one_of("keep_as_draft", "mark_uncollectible", "void"), "resumes_at": integer},
                required=("behavior",),
            )
        ),
    }
    | EXPAND
)


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


def bought(
    account: Account, customer: Json, items: Sequence[Json], param: str, currency: str | None
) -> tuple[list[tuple[Json, int]], str]:
    """Find the prices of a new subscription's items with their quantities, and the currency that it is paid in.

    Raises:
        Refusal: a price is unknown, not active any more or not sold in the currency, or an item has none.
    """
    found: list[tuple[Json, int]] = []
    for index, item in enumerate(items):
        name = f"{param}[{index}][price]"
        if "price" not in item:
            raise Refusal(f"Missing required param: {name}.", code="parameter_missing", param=name)
        found.append((sellable(account.ledger, item["price"], param=name), item.get("quantity", 1)))
    currency = choose(customer, [price for price, _ in found], currency)
    for index, (price, _) in enumerate(found):
        require_sold_in(price, currency, param=f"{param}[{index}][price]")
    return found, currency


def owns(
    account: Account, customer: Json, items: Sequence[Json], lines: Sequence[tuple[Json, int]], currency: str
) -> list[tuple[Sequence[Json], Sequence[Json]]]:
    """Find the coupons and tax rates that new items begin with, each of its own.

    Raises:
        Refusal: one is unknown, or cannot be redeemed.
    """
    return [
        (
            account.discounts.read_first(item.get("discounts") or (), customer["id"], [line], currency),
            tax_rates(account.ledger, item.get("tax_rates") or ()),
        )
        for item, line in zip(items, lines, strict=True)
    ]


def _trial_end(account: Account, params: Json) -> int | None:
    """Return when the trial ends, if there is one; days count from now (the SDK's `trial_period_days`)."""
    if {"trial_end", "trial_period_days"} <= params.keys():
        raise Refusal("You may only specify one of these parameters: trial_end, trial_period_days.", param="trial_end")
    if "trial_period_days" in params:
        return int(account.ledger.now + params["trial_period_days"] * DAY)
    end: int | str | None = params.get("trial_end")
    return end if isinstance(end, int) else None


def _create(account: Account, ids: dict[str, str], params: Json) -> Json:
    ledger = account.ledger
    customer = ledger.get("customer", params["customer"], param="customer")
    lines, currency = bought(account, customer, params["items"], "items", params.get("currency"))
    subscription = account.subscribe(
        customer,
        *lines,
        flexible=params.get("billing_mode", {}).get("type", "flexible") == "flexible",
        trial_end=_trial_end(account, params),
        cancel_at=params.get("cancel_at"),
        coupons=account.discounts.read_first(params.get("discounts") or (), customer["id"], lines, currency),
        currency=currency,
        default_payment_method=params.get("default_payment_method"),
        incomplete=params.get("payment_behavior") == "default_incomplete",
        metadata=params.get("metadata"),
        tax_rates=tax_rates(ledger, params.get("default_tax_rates") or ()),
        automatic_tax=params.get("automatic_tax", {}).get("enabled", False),
        description=params.get("description"),
        items=owns(account, customer, params["items"], lines, currency),
        **collection(params.get("collection_method", "charge_automatically"), params.get("days_until_due")),
    )
    return views.render(ledger, subscription, params.get("expand", ()))


def _items(account: Account, ids: dict[str, str], params: Json) -> Json:
    subscription = account.ledger.get("subscription", params["subscription"], param="subscription")
    items = list(reversed(subscription["items"]["data"]))
    return views.page(account.ledger, "/v1/subscription_items", items, params)


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
        {"collection_method": one_of("charge_automatically", "send_invoice"), "created": RANGE, "customer": filled},
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
            "currency": filled,
            "customer": filled,
            "default_payment_method": filled,
            "default_tax_rates": unsettable(array(filled)),
            "discounts": DISCOUNTS,
            "items": array(hash_of({"price": filled, "quantity": not_negative} | OWN, required=("price",))),
            "metadata": metadata,
            "payment_behavior": one_of("allow_incomplete", "default_incomplete"),
            "trial_end": word_or(integer, "now"),
            "trial_period_days": positive,
        }
        | COLLECTION
        | {"automatic_tax": AUTOMATIC_TAX, "description": text}
        | EXPAND,
        required=("customer", "items"),
    ),
    Endpoint(
        "GET",
        "/v1/subscription_items",
        "rak_subscription_read",
        _items,
        {"subscription": filled} | PAGE,
        required=("subscription",),
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
