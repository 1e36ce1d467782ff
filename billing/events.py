"""Listing Stripe's events, from the newest back or on from one of them; Stripe keeps them for 30 days."""

import itertools
import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from billing.client import Client
from billing.translate import Json, event
from domain.ids import EventId
from flows.failures import Unavailable
from flows.ports import StripeEvent

if TYPE_CHECKING:
    from stripe.params import EventListParams

log = structlog.get_logger(__name__)


async def walk(
    client: Client, *, types: Sequence[str], back_to: datetime, most_pages: int | None = None
) -> AsyncIterator[tuple[StripeEvent, ...]]:
    """Yield pages of up to 100 events of some types (20 at most) since a moment, newest first.

    An event that can't be read is left out with a line in the log: it must not keep all others away. Raises Unavailable
    if they don't fit into `most_pages`.
    """
    asked: EventListParams = {"types": list(types), "created": {"gte": int(back_to.timestamp())}, "limit": 100}
    for page_number in itertools.count(1):
        async with client.reading("list events"):
            page = await client.v1.events.list_async(asked)
        found = [each.to_dict(for_json=True) for each in page.data]
        if found:
            yield tuple(read for each in found if (read := _read(each)) is not None)
        if not page.has_more:
            return
        if page_number == most_pages:
            raise Unavailable(f"Stripe lists more than {most_pages} pages of events.")
        asked["starting_after"] = found[-1]["id"]


async def walk_on(client: Client, *, types: Sequence[str], after: EventId) -> AsyncIterator[tuple[StripeEvent, ...]]:
    """Yield pages of the events of some types that are newer than one of them: the oldest page first."""
    newest: str = after
    while True:
        async with client.reading("list events"):
            # Stripe: Pagination, a page before an event is the nearest one, itself newest first.
            page = await client.v1.events.list_async({"types": list(types), "ending_before": newest, "limit": 100})
        found = [each.to_dict(for_json=True) for each in page.data]
        if found:
            newest = found[0]["id"]
            yield tuple(read for each in found if (read := _read(each)) is not None)
        if not page.has_more:
            return


def _read(found: Json) -> StripeEvent | None:
    try:
        return event.stripe_event(found, json.dumps(found))
    except event.UNREADABLE:
        log.warning("listed_event_unreadable")
        return None
