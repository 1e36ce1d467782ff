"""Subscriptions with all that belongs to them: one, all of a customer's, or those that were cancelled."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import stripe

from billing import catalog
from billing.client import Client, Part
from billing.translate import Json, moment_or_none
from billing.translate.customer import customer
from billing.translate.subscription import subscription
from domain.billing.subscription import LIVE_STATUSES, Customer, Subscription
from domain.ids import CustomerId, SubscriptionId
from flows.failures import Unavailable
from flows.ports import CancelledSubscriptions, SubscriptionReading

if TYPE_CHECKING:
    from stripe.params import SubscriptionListParams


async def read(client: Client, subscription_id: SubscriptionId) -> stripe.Subscription:
    """Read a subscription with all that `reading_of` needs expanded."""
    async with client.reading("read a subscription"):
        return await client.v1.subscriptions.retrieve_async(subscription_id, {"expand": catalog.READ})


async def reading_of(client: Client, answer: stripe.Subscription) -> SubscriptionReading:
    """Translate an answer that was read with `catalog.READ`; `read_at` is its `Date` header.

    Raises:
        Unavailable: a proxy removed the `Date` header, or a further read failed.
    """
    return await _reading(client, answer.to_dict(), answer.last_response.headers if answer.last_response else {})


async def _reading(client: Client, found: Json, headers: Mapping[str, str]) -> SubscriptionReading:
    await catalog.complete(client, [found])
    return SubscriptionReading(
        subscription=subscription(found), customer=customer(found["customer"]), read_at=_answered_at(headers)
    )


class Subscriptions(Part):
    """Subscriptions, for the port `Billing`."""

    async def read_subscription(self, subscription_id: SubscriptionId) -> SubscriptionReading:
        async with self._client.reading("read a subscription"):
            found, headers = await self._client.read(f"subscriptions/{quote(subscription_id)}", expand=catalog.READ)
        return await _reading(self._client, found, headers)

    async def subscriptions_of(self, customer_id: CustomerId) -> tuple[Subscription, ...]:
        async with self._client.reading("list a customer's subscriptions"):
            listed = await self._client.v1.subscriptions.list_async(
                {"customer": customer_id, "status": "all", "limit": 100, "expand": catalog.LISTED}
            )
            found: list[Json] = [each.to_dict() async for each in listed.auto_paging_iter()]
        await catalog.complete(self._client, found)
        return tuple(subscription(each) for each in found)

    async def live_subscriptions_of(self, customer_id: CustomerId) -> tuple[SubscriptionId, ...]:
        async with self._client.reading("list a customer's subscriptions"):
            # Stripe: List subscriptions, without a status it lists all that have not been canceled.
            listed = await self._client.v1.subscriptions.list_async({"customer": customer_id, "limit": 100})
            return tuple(
                [SubscriptionId(each.id) async for each in listed.auto_paging_iter() if each.status in LIVE_STATUSES]
            )

    async def leavers(self) -> dict[CustomerId, tuple[Customer, datetime | None]]:
        """List the customers of the newest 100 subscriptions that have ended, and when the newest of theirs did."""
        async with self._client.reading("list ended subscriptions"):
            page = await self._client.v1.subscriptions.list_async(
                {"status": "canceled", "limit": 100, "expand": ["data.customer"]}
            )
        found = [each.to_dict() for each in reversed(page.data)]
        return {owner.id: (owner, ended_at) for owner, ended_at in map(_leaver, found)}

    async def cancelled_subscriptions(
        self, *, since: datetime, walked_to: datetime | None
    ) -> AsyncIterator[CancelledSubscriptions]:
        asked: SubscriptionListParams = {"status": "all", "limit": 100}
        if walked_to is not None:
            asked["created"] = {"lte": int(walked_to.timestamp())}
        while True:
            async with self._client.reading("list subscriptions"):
                page = await self._client.v1.subscriptions.list_async(asked)
            if page.data:
                last = page.data[-1]
                left = since.timestamp()
                ids = tuple(SubscriptionId(each.id) for each in page.data if max(_ends(each), default=0) >= left)
                yield CancelledSubscriptions(ids=ids, walked_to=datetime.fromtimestamp(last.created, UTC))
                asked["starting_after"] = last.id
            if not page.has_more:
                return


def _leaver(found: Json) -> tuple[Customer, datetime | None]:
    return customer(found["customer"]), moment_or_none(found.get("ended_at"))


def _ends(answer: stripe.Subscription) -> Iterator[int]:
    yield from (moment for moment in (answer.canceled_at, answer.ended_at) if moment is not None)


def _answered_at(headers: Mapping[str, str]) -> datetime:
    try:
        return parsedate_to_datetime(headers.get("date") or "")
    except ValueError:
        raise Unavailable("Stripe's answer came without a readable Date header.") from None
