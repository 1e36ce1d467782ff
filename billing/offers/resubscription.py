"""What a new subscription copies from one that has ended: items at their quantities, taxes, and the company's notes."""

from collections.abc import Mapping
from dataclasses import dataclass

from billing.catalog import read_all_items
from billing.client import Client
from billing.translate import Json
from billing.translate.subscription import connect_settings
from domain.billing.subscription import ConnectSettings
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
    """A subscription to create. Tax comes from its own rates (`txr_…`), its items' rates, or Stripe Tax.

    `needs_address`: Stripe Tax has no address to go by yet. `metadata`, `description` and `connect` (whom a platform
    shares the payments with) are the ended subscription's own, by which the company's software knows it.
    """

    customer_id: CustomerId
    currency: str
    lines: tuple[Line, ...]
    tax_rates: tuple[str, ...]
    automatic_tax: bool
    needs_address: bool
    metadata: Mapping[str, str]
    description: str | None
    connect: ConnectSettings | None


async def resubscription(client: Client, subscription_id: SubscriptionId, terms: OfferTerms) -> Resubscription:
    """Plan the new subscription for an ended subscription on an offer's terms."""
    async with client.reading("read a subscription"):
        answer = await client.v1.subscriptions.retrieve_async(subscription_id, {"expand": ["customer"]})
    ended = answer.to_dict()
    await read_all_items(client, ended)
    owner = ended["customer"]
    switched = terms.price.id if isinstance(terms.offer, SwitchPlan) and terms.price is not None else None
    return Resubscription(
        customer_id=CustomerId(owner["id"]),
        currency=ended["currency"],
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
        needs_address=ended["automatic_tax"]["enabled"] and not (owner.get("address") or {}).get("country"),
        metadata=ended.get("metadata") or {},
        description=ended.get("description"),
        connect=connect_settings(ended),
    )


def _rates(found: list[Json] | None) -> tuple[str, ...]:
    return tuple(rate["id"] for rate in found or ())
