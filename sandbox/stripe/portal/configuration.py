"""The portal configuration: what customers may do in the portal, made and changed as Stripe allows it."""

from __future__ import annotations

import copy
from typing import Any

from sandbox.stripe.customers import merge_metadata
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json, Ledger
from sandbox.stripe.subscriptions import REASONS

FEATURE_OF_FLOW = {
    "customer_update": "customer_update",
    "payment_method_update": "payment_method_update",
    "subscription_cancel": "subscription_cancel",
    "subscription_pause": "subscription_pause",
    "subscription_update": "subscription_update",
}
MOST_PRODUCTS = 10
DASHBOARD: Json = {
    "customer_update": {"allowed_updates": ["email", "name", "address", "phone"], "enabled": True},
    "invoice_history": {"enabled": True},
    "payment_method_update": {"enabled": True},
    "subscription_cancel": {"cancellation_reason": {"enabled": True, "options": list(REASONS)}, "enabled": True},
}
"""What the Dashboard switches on when its settings are saved for the first time."""


def default_configuration(ledger: Ledger) -> Json:
    """Make the configuration that the Dashboard saves: cancelling is on, switching plans and pausing are off."""
    configuration = _all_off(ledger) | {"is_default": True}
    _merge(configuration["features"], copy.deepcopy(DASHBOARD))
    return configuration


def create(ledger: Ledger, params: dict[str, Any]) -> Json:
    """Make a configuration as the API does: what is not switched on is off.

    Raises:
        Refusal: its features do not fit one another, or name what does not exist.
    """
    configuration = _all_off(ledger)
    _take(ledger, configuration, params)
    return ledger.add(configuration, event="billing_portal.configuration.created")


def change(ledger: Ledger, configuration: Json, params: dict[str, Any]) -> None:
    """Change the parts that are given; arrays are replaced, hashes merged.

    Raises:
        Refusal: as for a new one; nothing has changed then.
    """
    draft = copy.deepcopy(configuration)
    _take(ledger, draft, params)
    with ledger.changing(configuration, event="billing_portal.configuration.updated"):
        configuration |= draft | {"updated": ledger.now}


def feedback_option(ledger: Ledger, description: str) -> Json:
    """Make a reason to cancel in the company's own words (Stripe: Feedback options)."""
    return {
        "id": ledger.new_id("billing.feedback_option"),
        "object": "billing.feedback_option",
        "description": description,
        "livemode": ledger.livemode,
        "status": "active",
        "status_transitions": {"deactivated_at": None},
    }


def _take(ledger: Ledger, configuration: Json, params: dict[str, Any]) -> None:
    if "metadata" in params:
        merge_metadata(configuration, params["metadata"])
    _merge(configuration, {key: value for key, value in params.items() if key != "metadata"})
    _judge_cancel(ledger, configuration["features"]["subscription_cancel"])
    _judge_update(ledger, configuration["features"])


def _merge(target: Json, changes: Json) -> None:
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = value


def _judge_cancel(ledger: Ledger, feature: Json) -> None:
    prorating = feature["proration_behavior"]
    if prorating == "always_invoice" or (prorating == "create_prorations" and feature["mode"] != "immediately"):
        raise Refusal(
            f"Cannot use `{prorating}` for `proration_behavior` when canceling with the mode `{feature['mode']}`.",
            param="features[subscription_cancel][proration_behavior]",
        )
    param = "features[subscription_cancel][cancellation_reason][feedback_options]"
    for identifier in feature["cancellation_reason"]["feedback_options"]:
        if ledger.get("billing.feedback_option", identifier, param=param)["status"] != "active":
            raise Refusal(f"The feedback option {identifier} is inactive.", param=param)


def _judge_update(ledger: Ledger, features: Json) -> None:
    feature = features["subscription_update"]
    param = "features[subscription_update][products]"
    if len(feature["products"]) > MOST_PRODUCTS:
        raise Refusal(f"You may provide up to {MOST_PRODUCTS} products.", param=param)
    for index, offered in enumerate(feature["products"]):
        product = ledger.get("product", offered["product"], param=f"{param}[{index}][product]")
        for place, identifier in enumerate(offered["prices"]):
            price = ledger.get("price", identifier, param=f"{param}[{index}][prices][{place}]")
            if price["product"] != product["id"]:
                raise Refusal(
                    f"The price {identifier} does not belong to the product {product['id']}.",
                    param=f"{param}[{index}][prices][{place}]",
                )
    if feature["enabled"] and not feature["products"]:
        raise Refusal("You must provide products to enable subscription updates.", param=param)
    if feature["enabled"] and not features["payment_method_update"]["enabled"]:
        raise Refusal("Cannot enable subscription updates while payment method update is disabled.")


def _all_off(ledger: Ledger) -> Json:
    return {
        "id": ledger.new_id("billing_portal.configuration"),
        "object": "billing_portal.configuration",
        "active": True,
        "application": None,
        "business_profile": {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None},
        "created": ledger.now,
        "default_return_url": None,
        "features": {
            "customer_update": {"allowed_updates": [], "enabled": False},
            "invoice_history": {"enabled": False},
            "payment_method_update": {"enabled": False, "payment_method_configuration": None},
            "subscription_cancel": {
                "cancellation_reason": {
                    "enabled": False,
                    "feedback_options": [],
                    "options": ["too_expensive", "missing_features", "switched_service", "unused", "other"],
                },
                "enabled": False,
                "mode": "at_period_end",
                "proration_behavior": "none",
            },
            "subscription_pause": {
                "duration": {
                    "interval_options": [{"interval": "month", "interval_count": 1}],
                    "type": "interval_options",
                },
                "enabled": False,
            },
            "subscription_update": {
                "billing_cycle_anchor": "unchanged",
                "default_allowed_updates": [],
                "enabled": False,
                "products": [],
                "proration_behavior": "none",
                "schedule_at_period_end": {"conditions": []},
                "trial_update_behavior": "end_trial",
            },
        },
        "is_default": False,
        "livemode": ledger.livemode,
        "login_page": {"enabled": False, "url": None},
        "metadata": {},
        "name": None,
        "updated": ledger.now,
    }
