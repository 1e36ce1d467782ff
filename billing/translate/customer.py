"""Customers and what may be shown of their cards."""

from billing.translate import Json, moment
from billing.translate.text import storable, text
from domain.billing.subscription import Card, Customer
from domain.ids import CustomerId


def customer(found: Json) -> Customer:
    """Translate a customer; `invoice_settings.default_payment_method` must have been expanded for its card.

    A deleted customer has nothing but its id (Stripe: Delete a customer), so its mode is unknown and said to be test.
    """
    if found.get("deleted"):
        return Customer(
            id=CustomerId(found["id"]), deleted=True, livemode=False, email=None, name=None, country=None, locale=None,
            created_at=None, card=None, currency=None, metadata={},
        )  # fmt: skip
    return Customer(
        id=CustomerId(found["id"]),
        deleted=False,
        livemode=found["livemode"],
        email=storable(found.get("email")),
        name=text(found.get("name")),
        country=text((found.get("address") or {}).get("country")),
        locale=next(iter(found.get("preferred_locales") or ()), None),
        created_at=moment(found["created"]),
        card=card((found.get("invoice_settings") or {}).get("default_payment_method")),
        currency=found.get("currency"),
        metadata={key: storable(value) or "" for key, value in (found.get("metadata") or {}).items()},
        tax_exempt=found.get("tax_exempt") or "none",
    )


def card(payment_method: Json | str | None) -> Card | None:
    """Show an expanded payment method as far as it is a card; any other kind is None."""
    shown = payment_method.get("card") if isinstance(payment_method, dict) else None
    if shown is None:
        return None
    return Card(
        brand=shown["brand"],
        last4=shown.get("last4") or "",
        exp_month=shown["exp_month"],
        exp_year=shown["exp_year"],
        fingerprint=shown.get("fingerprint"),
    )
