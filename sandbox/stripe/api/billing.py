"""Endpoints of what is sold and what was paid: products, prices, coupons, invoices, payments, charges, refunds."""

from __future__ import annotations

from sandbox.stripe.account import Account
from sandbox.stripe.api.endpoint import listing, retrieve
from sandbox.stripe.ledger import Json
from sandbox.stripe.parameters import RANGE, array, boolean, filled, hash_of, one_of


def _of_subscription(account: Account, invoice: Json, params: Json) -> bool:
    wanted = params.get("subscription")
    return wanted in {None, invoice["parent"]["subscription_details"]["subscription"]}


def _of_payment(account: Account, payment: Json, params: Json) -> bool:
    wanted = params.get("payment", {})
    return wanted.get("payment_intent") in {None, payment["payment"].get("payment_intent")}


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
        {"active": boolean, "currency": filled, "product": filled, "type": one_of("one_time", "recurring")},
    ),
    retrieve("price", "/v1/prices", "rak_plan_read"),
    listing("coupon", "/v1/coupons", "rak_coupon_read", {"created": RANGE}),
    retrieve("coupon", "/v1/coupons", "rak_coupon_read"),
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
        {
            "invoice": filled,
            "status": one_of("canceled", "open", "paid"),
        },
        others={
            "payment": hash_of({"payment_intent": filled, "type": one_of("payment_intent")}, required=("type",)),
        },
        keep=_of_payment,
    ),
    retrieve("invoice_payment", "/v1/invoice_payments", "rak_invoice_read"),
    listing("payment_intent", "/v1/payment_intents", "rak_payment_intent_read", {"created": RANGE, "customer": filled}),
    retrieve("payment_intent", "/v1/payment_intents", "rak_payment_intent_read"),
    listing(
        "charge",
        "/v1/charges",
        "rak_charge_read",
        {"created": RANGE, "customer": filled, "payment_intent": filled},
    ),
    retrieve("charge", "/v1/charges", "rak_charge_read"),
    listing(
        "refund",
        "/v1/refunds",
        "rak_charge_read",
        {"charge": filled, "created": RANGE, "payment_intent": filled},
    ),
    retrieve("refund", "/v1/refunds", "rak_charge_read"),
]
