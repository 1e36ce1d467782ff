"""Endpoints of Checkout Sessions."""

from __future__ import annotations

from sandbox.stripe import views
from sandbox.stripe.account import Account
from sandbox.stripe.api.endpoint import Endpoint, listing, retrieve
from sandbox.stripe.api.subscriptions import AUTOMATIC_TAX
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json
from sandbox.stripe.parameters import (
    EXPAND,
    RANGE,
    Reader,
    array,
    at_most,
    boolean,
    filled,
    hash_of,
    integer,
    metadata,
    number,
    one_of,
    url,
)

PATH = "/v1/checkout/sessions"
LOCALES = (  # noqa: SIM905  # forty-one lines otherwise
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR "
    "ro ru sk sl sv th tr vi zh zh-HK zh-TW"
).split()


def _discounts(value: object, name: str) -> list[Json]:
    """Read the discounts: one at most, by its coupon or its promotion code."""
    given: list[Json] = array(hash_of({"coupon": filled, "promotion_code": filled}))(value, name)
    if len(given) > 1:
        raise Refusal("You may only apply one discount to a Checkout Session.", param=name)
    if any(len(each) != 1 for each in given):
        raise Refusal("You may only specify one of these parameters: coupon, promotion_code.", param=f"{name}[0]")
    return given


NEW: dict[str, Reader] = {
    "allow_promotion_codes": boolean,
    "automatic_tax": AUTOMATIC_TAX,
    "billing_address_collection": one_of("auto", "required"),
    "cancel_url": url,
    "client_reference_id": at_most(200),
    "currency": filled,
    "customer": filled,
    "customer_update": hash_of(dict.fromkeys(("address", "name", "shipping"), one_of("auto", "never"))),
    "discounts": _discounts,
    "expires_at": integer,
    "line_items": array(
        hash_of({"price": filled, "quantity": integer, "tax_rates": array(filled)}, required=("price",))
    ),
    "locale": one_of(*LOCALES),
    "metadata": metadata,
    "mode": one_of("subscription"),
    "payment_method_collection": one_of("always", "if_required"),
    "subscription_data": hash_of(
        {
            "application_fee_percent": number,
            "default_tax_rates": array(filled),
            "description": at_most(500),
            "metadata": metadata,
            "on_behalf_of": filled,
            "transfer_data": hash_of({"amount_percent": number, "destination": filled}, required=("destination",)),
        }
    ),
    "success_url": url,
    "ui_mode": one_of("hosted_page"),
} | EXPAND


def _create(account: Account, ids: dict[str, str], params: Json) -> Json:
    return views.render(account.ledger, account.checkout.create(params), params.get("expand", ()))


def _expire(account: Account, ids: dict[str, str], params: Json) -> Json:
    session = account.ledger.get("checkout.session", ids["id"])
    account.checkout.expire(session)
    return views.render(account.ledger, session, params.get("expand", ()))


ENDPOINTS = [
    listing(
        "checkout.session",
        PATH,
        "rak_checkout_session_read",
        {"created": RANGE, "customer": filled, "status": one_of("complete", "expired", "open"), "subscription": filled},
    ),
    Endpoint(
        "POST",
        PATH,
        "rak_checkout_session_write",
        _create,
        NEW,
        required=("mode", "customer", "line_items", "success_url"),
    ),
    retrieve("checkout.session", PATH, "rak_checkout_session_read"),
    Endpoint("POST", f"{PATH}/{{id}}/expire", "rak_checkout_session_write", _expire, EXPAND),
]
