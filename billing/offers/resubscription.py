"""What a new subscription copies from one that has ended: items at their quantities, and taxes."""

from dataclasses import dataclass

from billing.client import Client
from billing.translate import Json
from domain.ids import CustomerId, SubscriptionId
from domain.winback.offer import SwitchPlan
from domain.winback.terms import OfferTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing to buy; `quantity` None where usage is metered."""

    price_id: str
    quantity: int | None
    tax_rates: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resubscription:
    """A subscription to create. Tax comes from its own rates (`txr_…`), its items' rates, or Stripe Tax."""

    customer_id: CustomerId
    lines: tuple[Line, ...]
    tax_rates: tuple[str, ...]
    automatic_tax: bool


async def resubscription(client: Client, subscription_id: SubscriptionId, terms: OfferTerms) -> Resubscription:
    """Plan the new subscription for an ended subscription on an offer's terms."""
    async with client.reading("read a subscription"):
        answer = await client.v1.subscriptions.retrieve_async(subscription_id)
    ended = answer.to_dict()
    switched = terms.price.id if isinstance(terms.offer, SwitchPlan) and terms.price is not None else None
    return Resubscription(
        customer_id=CustomerId(ended["customer"]),
        lines=tuple(
            Line(
                price_id=switched or item["price"]["id"],
                quantity=item.get("quantity"),
                tax_rates=_rates(item.get("tax_rates")),
            )
            for item in ended["items"]["data"]
        ),
        tax_rates=_rates(ended.get("default_tax_rates")),
        automatic_tax=ended["automatic_tax"]["enabled"],
    )


def _rates(found: list[Json] | None) -> tuple[str, ...]:
    return tuple(rate["id"] for rate in found or ())
