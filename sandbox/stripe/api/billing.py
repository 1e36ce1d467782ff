"""Endpoints of what is sold and what was paid: products, prices, invoices, payments, charges, refunds, disputes."""

from __future__ import annotations

from sandbox.stripe import views
from sandbox.stripe.account import Account
from sandbox.stripe.api.endpoint import Endpoint, listing, retrieve
from sandbox.stripe.ledger import Json
from sandbox.stripe.parameters import EXPAND, RANGE, array, boolean, filled, hash_of, one_of


def _of_subscription(account: Account, invoice: Json, params: Json) -> bool:
    wanted = params.get("subscription")
    return wanted in {None, invoice["parent"]["subscription_details"]["subscription"]}


def _of_payment(account: Account, payment: Json, params: Json) -> bool:
    wanted = params.get("payment", {})
    return wanted.get("payment_intent") in {None, payment["payment"].get("payment_intent")}


def _recurs(account: Account, price: Json, params: Json) -> bool:
    wanted = params.get("recurring", {})
    return bool(wanted.items() <= price["recurring"].items())


def _close(account: Account, ids: dict[str, str], params: Json) -> Json:
    dispute = account.payments.accept_dispute(account.ledger.get("dispute", ids["id"]))
    return views.render(account.ledger, dispute, params.get("expand", ()))


ENDPOINTS = [
    listing(
        "product",
        "/v1/products",
        "rak_product_read",
        {"active": boolean, "created": RANGE},
        others={"ids": array(filled)},
        keep=lambda account, product, params: product["id"] in params.get("ids", [product["id"]]),  # noqa: ARG005  # `keep`'s own signature
    ),
    retrieve("product", "/v1/products", "rak_product_read"),
    listing(
        "price",
        "/v1/prices",
        "rak_plan_read",
        {
            "active": boolean,
            "created": RANGE,
            "currency": filled,
            "product": filled,
            "type": one_of("one_time", "recurring"),
        },
        others={
            "recurring": hash_of(
                {
                    "interval": one_of("day", "week", "month", "year"),
                    "meter": filled,
                    "usage_type": one_of("licensed", "metered"),
                }
            )
        },
        keep=_recurs,
    ),
    retrieve("price", "/v1/prices", "rak_plan_read"),
    listing(
        "invoice",
        "/v1/invoices",
        "rak_invoice_read",
        {
            "collection_method": one_of("charge_automatically", "send_invoice"),
            "created": RANGE,
            "customer": filled,
            "status": one_of("draft", "open", "paid", "uncollectible", "void"),
        },
        others={"subscription": filled},
        keep=_of_subscription,
    ),
    retrieve("invoice", "/v1/invoices", "rak_invoice_read"),
    listing(
        "invoice_payment",
        "/v1/invoice_payments",
        "rak_invoice_read",
        {"invoice": filled, "status": one_of("canceled", "open", "paid")},
        others={"payment": hash_of({"payment_intent": filled, "type": one_of("payment_intent")}, required=("type",))},
        keep=_of_payment,
    ),
    retrieve("invoice_payment", "/v1/invoice_payments", "rak_invoice_read"),
    listing("payment_intent", "/v1/payment_intents", "rak_payment_intent_read", {"created": RANGE, "customer": filled}),
    retrieve("payment_intent", "/v1/payment_intents", "rak_payment_intent_read"),
    listing(
        "charge", "/v1/charges", "rak_charge_read", {"created": RANGE, "customer": filled, "payment_intent": filled}
    ),
    retrieve("charge", "/v1/charges", "rak_charge_read"),
    listing("refund", "/v1/refunds", "rak_charge_read", {"charge": filled, "created": RANGE, "payment_intent": filled}),
    retrieve("refund", "/v1/refunds", "rak_charge_read"),
    listing(
        "dispute", "/v1/disputes", "rak_dispute_read", {"charge": filled, "created": RANGE, "payment_intent": filled}
    ),
    retrieve("dispute", "/v1/disputes", "rak_dispute_read"),
    Endpoint("POST", "/v1/disputes/{id}/close", "rak_dispute_write", _close, EXPAND),
]
