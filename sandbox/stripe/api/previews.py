"""The endpoint of invoice previews."""

from __future__ import annotations

from sandbox.stripe import views
from sandbox.stripe.account import Account
from sandbox.stripe.api.endpoint import Endpoint
from sandbox.stripe.api.subscriptions import AUTOMATIC_TAX, CHANGED_PRICES, DISCOUNTS, bought, owns
from sandbox.stripe.errors import Refusal, missing
from sandbox.stripe.ledger import Json, Ledger
from sandbox.stripe.parameters import EXPAND, filled, hash_of
from sandbox.stripe.taxes import tax_rates

KNOWN = {
    "automatic_tax": AUTOMATIC_TAX,
    "currency": filled,
    "customer": filled,
    "discounts": DISCOUNTS,
    "subscription": filled,
    "subscription_details": hash_of(CHANGED_PRICES),
} | EXPAND


def _preview(account: Account, ids: dict[str, str], params: Json) -> Json:
    ledger, invoice = _of_running(account, params) if "subscription" in params else _of_new(account, params)
    return views.render(ledger, invoice, params.get("expand", ()))


def _of_running(account: Account, params: Json) -> tuple[Ledger, Json]:
    subscription = account.ledger.get("subscription", params["subscription"], param="subscription")
    if params.get("customer", subscription["customer"]) != subscription["customer"]:
        raise missing("subscription", subscription["id"], param="subscription")
    if params.get("currency", subscription["currency"]) != subscription["currency"]:
        raise Refusal(f"The currency of the subscription is {subscription['currency']}.", param="currency")
    inherited = {name: params[name] for name in ("automatic_tax", "discounts") if name in params}
    return account.previews.upcoming(subscription, params.get("subscription_details", {}) | inherited)


def _of_new(account: Account, params: Json) -> tuple[Ledger, Json]:
    details = params.get("subscription_details", {})
    if "items" not in details:
        raise Refusal(
            "You must provide at least one of: `subscription`, `schedule`, `subscription_details.items`, "
            "`schedule_details.phases`, `invoice_items`."
        )
    if "customer" not in params:
        raise Refusal("Missing required param: customer.", code="parameter_missing", param="customer")
    trial_end = details.get("trial_end")
    customer = account.ledger.get("customer", params["customer"], param="customer")
    lines, currency = bought(account, customer, details["items"], "subscription_details[items]", params.get("currency"))
    return account.previews.starting(
        customer,
        lines,
        discounts=params.get("discounts") or (),
        tax_rates=tax_rates(account.ledger, details.get("default_tax_rates") or ()),
        automatic_tax=params.get("automatic_tax", {}).get("enabled", False),
        currency=currency,
        items=owns(account, customer, details["items"], lines, currency),
        trial_end=None if trial_end == "now" else trial_end,
    )


ENDPOINTS = [Endpoint("POST", "/v1/invoices/create_preview", "rak_invoice_read", _preview, KNOWN)]
