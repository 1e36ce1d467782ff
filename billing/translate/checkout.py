"""Checkout sessions."""

from billing.translate import Json, identifier, moment
from domain.ids import SubscriptionId
from flows.ports import CheckoutSession


def session(found: Json) -> CheckoutSession:
    """Translate a session; its subscription is there once it is complete."""
    bought = identifier(found.get("subscription"))
    return CheckoutSession(
        id=found["id"],
        status=found["status"],
        url=found.get("url"),
        expires_at=moment(found["expires_at"]),
        subscription_id=None if bought is None else SubscriptionId(bought),
    )
