"""Customers: made, changed, deleted."""

from __future__ import annotations

import random
from typing import Any

from sandbox.stripe.ledger import Json, Ledger

ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


class Customers:
    """The account's customers."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def create(
        self,
        *,
        email: str | None = None,
        name: str | None = None,
        country: str | None = None,
        metadata: dict[str, str] | None = None,
        preferred_locales: list[str] | None = None,
        identifier: str | None = None,
    ) -> Json:
        """Make a customer; Stripe allows any number with one address and keeps its case."""
        ledger = self._ledger
        return ledger.add(
            {
                "id": identifier or ledger.new_id("customer"),
                "object": "customer",
                "address": dict.fromkeys(ADDRESS) | {"country": country} if country else None,
                "balance": 0,
                "created": ledger.now,
                "currency": None,
                "customer_account": None,
                "default_source": None,
                "delinquent": False,
                "description": None,
                "discount": None,
                "email": email,
                "invoice_prefix": f"{random.randrange(16**8):08X}",
                "invoice_settings": {
                    "custom_fields": None,
                    "default_payment_method": None,
                    "footer": None,
                    "rendering_options": None,
                },
                "livemode": ledger.livemode,
                "metadata": metadata or {},
                "name": name,
                "next_invoice_sequence": 1,
                "phone": None,
                "preferred_locales": preferred_locales or [],
                "shipping": None,
                "tax_exempt": "none",
                "test_clock": None,
            },
            event="customer.created",
        )

    def update(self, customer: Json, changes: dict[str, Any]) -> Json:
        """Change the fields given; an empty string unsets one, metadata is merged key by key."""
        with self._ledger.changing(customer, event="customer.updated"):
            for key, value in changes.items():
                if key == "metadata":
                    merge_metadata(customer, value)
                elif key == "address":
                    customer["address"] = dict.fromkeys(ADDRESS) | (customer["address"] or {}) | value
                else:
                    customer[key] = value or None
        return customer

    def delete(self, customer: Json) -> None:
        """Delete a customer for good; only the id stays known (Stripe: Delete a customer)."""
        ledger = self._ledger
        del ledger.objects["customer"][customer["id"]]
        ledger.deleted[customer["id"]] = "customer"
        for card in ledger.all("payment_method", customer=customer["id"]):
            card["customer"] = None
        ledger.emit("customer.deleted", customer)


def merge_metadata(obj: Json, changes: dict[str, str]) -> None:
    """Set the keys given, unset those given empty, all of them if nothing is given."""
    merged = obj["metadata"] | changes if changes else {}
    obj["metadata"] = {key: value for key, value in merged.items() if value != ""}
