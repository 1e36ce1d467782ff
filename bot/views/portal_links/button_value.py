"""Whom a button is about, as its value carries it: the question's id and Stripe's ids, checked again when pressed."""

from uuid import UUID

from domain.ids import CustomerId, LookupId, SubscriptionId
from flows.portal_links.answers import ButtonTarget


def written(meant: ButtonTarget) -> str:
    """Write a button's value."""
    return " ".join(filter(None, (str(meant.lookup_id), meant.customer_id, meant.subscription_id)))


def read(value: str) -> ButtonTarget:
    """Read what `written` wrote; raises ValueError for a value that is none of ours."""
    lookup, customer, *subscription = value.split(" ")
    return ButtonTarget(
        lookup_id=LookupId(UUID(lookup)),
        customer_id=CustomerId(customer),
        subscription_id=SubscriptionId(subscription[0]) if subscription else None,
    )
