"""Endpoints of portal configurations: read, made and changed."""

from __future__ import annotations

from sandbox.stripe import views
from sandbox.stripe.account import Account
from sandbox.stripe.api.endpoint import Endpoint, listing, retrieve
from sandbox.stripe.ledger import Json
from sandbox.stripe.parameters import (
    EXPAND,
    Reader,
    array,
    at_most,
    boolean,
    emptiable,
    filled,
    hash_of,
    integer,
    metadata,
    one_of,
    text,
    unsettable,
    url,
)
from sandbox.stripe.portal import configuration as configurations
from sandbox.stripe.subscriptions import REASONS

PATH = "/v1/billing_portal/configurations"
SWITCH: dict[str, Reader] = {"enabled": boolean}
QUANTITY = hash_of(SWITCH | {"maximum": integer, "minimum": integer}, required=("enabled",))
PRODUCT = hash_of(
    {"adjustable_quantity": QUANTITY, "prices": array(filled), "product": filled}, required=("prices", "product")
)
SUBSCRIPTION_UPDATE: dict[str, Reader] = SWITCH | {
    "billing_cycle_anchor": one_of("unchanged"),
    "default_allowed_updates": emptiable(array(one_of("price", "promotion_code", "quantity"))),
    "proration_behavior": one_of("always_invoice", "create_prorations", "none"),
    "trial_update_behavior": one_of("continue_trial", "end_trial"),
}


def _products(value: object, name: str) -> list[Json]:
    """Read the products on offer; quantities stay as they are unless it is said otherwise."""
    given: list[Json] = emptiable(array(PRODUCT))(value, name)
    fixed = {"enabled": False, "maximum": None, "minimum": 1}
    return [each | {"adjustable_quantity": fixed | each.get("adjustable_quantity", {})} for each in given]


def _features(*, whole: bool) -> Reader:
    """Read features; a new configuration (`whole`) must say of each feature that it names whether it is on."""
    said = ("enabled",) if whole else ()
    reasons = {
        "enabled": boolean,
        "feedback_options": emptiable(array(filled)),
        "options": emptiable(array(one_of(*REASONS))),
    }
    details = one_of("address", "email", "name", "phone", "shipping", "tax_id")
    cancelling: dict[str, Reader] = SWITCH | {
        "cancellation_reason": hash_of(reasons, required=("enabled", "options") if whole else ("enabled",)),
        "mode": one_of("at_period_end", "immediately"),
        "proration_behavior": one_of("always_invoice", "create_prorations", "none"),
    }
    return hash_of(
        {
            "customer_update": hash_of(SWITCH | {"allowed_updates": emptiable(array(details))}, required=said),
            "invoice_history": hash_of(SWITCH, required=("enabled",)),
            "payment_method_update": hash_of(SWITCH, required=("enabled",)),
            "subscription_cancel": hash_of(cancelling, required=said),
            "subscription_pause": hash_of(SWITCH),
            "subscription_update": hash_of(SUBSCRIPTION_UPDATE | {"products": _products}, required=said),
        }
    )


ADDRESS = unsettable(url)
CHANGED: dict[str, Reader] = {
    "business_profile": hash_of(
        {
            "headline": unsettable(at_most(60)),  # Stripe: "must be at most 60 characters"
            "privacy_policy_url": ADDRESS,
            "terms_of_service_url": ADDRESS,
        }
    ),
    "default_return_url": ADDRESS,
    "metadata": metadata,
    "name": unsettable(text),
} | EXPAND


def _create(account: Account, ids: dict[str, str], params: Json) -> Json:
    expand = params.pop("expand", ())
    return views.render(account.ledger, configurations.create(account.ledger, params), expand)


def _update(account: Account, ids: dict[str, str], params: Json) -> Json:
    expand = params.pop("expand", ())
    configuration = account.ledger.get("billing_portal.configuration", ids["id"])
    configurations.change(account.ledger, configuration, params)
    return views.render(account.ledger, configuration, expand)


ENDPOINTS = [
    listing(
        "billing_portal.configuration", PATH, "rak_customer_portal_read", {"active": boolean, "is_default": boolean}
    ),
    Endpoint(
        "POST",
        PATH,
        "rak_customer_portal_write",
        _create,
        CHANGED | {"features": _features(whole=True)},
        required=("features",),
    ),
    retrieve("billing_portal.configuration", PATH, "rak_customer_portal_read"),
    Endpoint(
        "POST",
        f"{PATH}/{{id}}",
        "rak_customer_portal_write",
        _update,
        CHANGED | {"active": boolean, "features": _features(whole=False)},
    ),
]
