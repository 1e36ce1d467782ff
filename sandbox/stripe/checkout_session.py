"""The shape of a Checkout Session, and what its line items come to."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.stripe.ledger import Json, Ledger

Line = tuple[Json, int]
"""A price and a quantity."""
AS_GIVEN = ("allow_promotion_codes", "cancel_url", "client_reference_id", "locale", "success_url")


def shape(ledger: Ledger, customer: Json, params: Json, *, expires_at: int) -> Json:
    """Shape a new, open session in subscription mode, as yet without address, items and discounts."""
    return {
        "id": ledger.new_id("checkout.session"),
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "billing_address_collection": params.get("billing_address_collection"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": ledger.now,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
        "customer": customer["id"],
        "customer_account": None,
        "customer_creation": None,
        "customer_details": {
            "address": customer["address"],
            "business_name": None,
            "email": customer["email"],
            "individual_name": None,
            "name": customer["name"],
            "phone": customer["phone"],
            "tax_exempt": customer["tax_exempt"],
            "tax_ids": [],
        },
        "customer_email": None,
        "expires_at": expires_at,
        "invoice": None,
        "invoice_creation": None,
        "livemode": ledger.livemode,
        "metadata": params.get("metadata", {}),
        "mode": "subscription",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": params.get("payment_method_collection", "always"),
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": None,
        "subscription": None,
        "ui_mode": "hosted_page",
        "wallet_options": None,
    } | {name: params.get(name) for name in AS_GIVEN}


def line_items(ledger: Ledger, session_id: str, lines: Sequence[Line], invoice: Json) -> Json:
    """Return what is bought and what is due today, as a session's fields; `invoice` is the first one's preview.

    What is billed by usage is not on it and costs nothing yet.
    """
    billed = iter(invoice["lines"]["data"])
    items = [_item(ledger, line, invoice["currency"], None if _metered(line[0]) else next(billed)) for line in lines]
    return {
        "amount_subtotal": invoice["subtotal"],
        "amount_total": invoice["total"],
        "currency": invoice["currency"],
        "line_items": {
            "object": "list",
            "data": items,
            "has_more": False,
            "url": f"/v1/checkout/sessions/{session_id}/line_items",
        },
        "total_details": {
            "amount_discount": _sum(invoice["total_discount_amounts"]),
            "amount_shipping": 0,
            "amount_tax": _sum(invoice["total_taxes"]),
        },
    }


def _item(ledger: Ledger, line: Line, currency: str, billed: Json | None) -> Json:
    price, quantity = line
    amount, off, tax = (
        (billed["amount"], _sum(billed["discount_amounts"]), _sum(billed["taxes"])) if billed else (0, 0, 0)
    )
    return {
        "id": ledger.new_id("item"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": off,
        "amount_subtotal": amount,
        "amount_tax": tax,
        "amount_total": amount - off + tax,
        "currency": currency,
        "description": ledger.get("product", price["product"])["name"],
        "price": price,
        "quantity": quantity if billed else None,
    }


def _metered(price: Json) -> bool:
    return bool(price["recurring"]["usage_type"] == "metered")


def _sum(amounts: Sequence[Json]) -> int:
    return sum(each["amount"] for each in amounts)
