"""Listing Stripe's events from the newest back; Stripe keeps them for 30 days."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from billing.client import Client
from billing.translate import event
from flows.ports import StripeEvent

if TYPE_CHECKING:
    from stripe.params import EventListParams


async def walk(client: Client, *, types: Sequence[str], back_to: datetime) -> AsyncIterator[tuple[StripeEvent, ...]]:
    """Yield pages of up to 100 events of some types (20 at most) since a moment, newest first."""
    asked: EventListParams = {"types": list(types), "created": {"gte": int(back_to.timestamp())}, "limit": 100}
    while True:
        async with client.reading("list events"):
            page = await client.v1.events.list_async(asked)
        found = [each.to_dict(for_json=True) for each in page.data]
        if found:
            yield tuple(event.stripe_event(each, json.dumps(each, ensure_ascii=False)) for each in found)
        if not page.has_more:
            return
        asked["starting_after"] = found[-1]["id"]
