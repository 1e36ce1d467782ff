"""Subscriptions, their items, and how and why they were cancelled."""

from collections.abc import Iterable

from billing.translate import Json, identifier, moment, moment_or_none
from billing.translate.customer import card
from billing.translate.price import discount, price
from domain.billing.subscription import Cancellation, Discount, Item, Subscription
from domain.ids import CustomerId, SubscriptionId


def subscription(found: Json) -> Subscription:
    """Translate a subscription that was read with what `billing.catalog` completes."""
    return Subscription(
        id=SubscriptionId(found["id"]),
        customer_id=customer_id(found),
        livemode=found["livemode"],
        status=found["status"],
        currency=found["currency"],
        created_at=moment(found["created"]),
        started_at=moment(found["start_date"]),
        anchor_at=moment(found["billing_cycle_anchor"]),
        items=tuple(_item(item) for item in found["items"]["data"]),
        discounts=_discounts(found["discounts"]),
        cancel_at=moment_or_none(found.get("cancel_at")),
        cancel_at_period_end=found["cancel_at_period_end"],
        canceled_at=moment_or_none(found.get("canceled_at")),
        ended_at=moment_or_none(found.get("ended_at")),
        trial_end_at=moment_or_none(found.get("trial_end")),
        collection_paused=found.get("pause_collection") is not None,
        resumes_at=moment_or_none((found.get("pause_collection") or {}).get("resumes_at")),
        flexible=found["billing_mode"]["type"] == "flexible",
        cancellation=cancellation(found),
        latest_invoice_id=identifier(found.get("latest_invoice")),
        card=card(found.get("default_payment_method")),
    )


def customer_id(found: Json) -> CustomerId:
    """Return the id of the customer of a subscription."""
    owner = found["customer"]
    return CustomerId(owner if isinstance(owner, str) else owner["id"])


def cancellation(found: Json) -> Cancellation:
    """Read `cancellation_details`; a custom reason is its own description where expanded, else its id."""
    details = found.get("cancellation_details") or {}
    option = details.get("feedback_option")
    return Cancellation(
        kind=details.get("reason"),
        feedback=details.get("feedback"),
        feedback_option=option["description"] if isinstance(option, dict) else option,
        comment=details.get("comment"),
    )


def _item(found: Json) -> Item:
    return Item(
        id=found["id"],
        price=price(found["price"]),
        quantity=found.get("quantity"),
        period_start=moment(found["current_period_start"]),
        period_end=moment(found["current_period_end"]),
        discounts=_discounts(found["discounts"]),
    )


def _discounts(found: Iterable[Json]) -> tuple[Discount, ...]:
    return tuple(known for each in found if (known := discount(each)) is not None)
