"""Finding customers by address, and whether one of them disputed a payment."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence

from billing.client import Client, Part
from billing.translate import Json
from billing.translate.customer import customer
from domain.billing.subscription import LIVE_STATUSES, Customer
from domain.ids import CustomerId, SubscriptionId
from domain.person import address_spellings, fold_address
from flows.failures import Refused, Unavailable
from flows.ports import CustomerMatches

EXPANDED = ["data.invoice_settings.default_payment_method"]
SUBSCRIBED = ["data.subscriptions"]


class Customers(Part):
    """Customers, for the ports `Billing` and `OfferBilling`."""

    async def read_customer(self, customer_id: CustomerId) -> Customer:
        async with self._client.reading("read a customer"):
            answer = await self._client.v1.customers.retrieve_async(
                customer_id, {"expand": ["invoice_settings.default_payment_method"]}
            )
        return customer(answer.to_dict())

    async def find_customers(self, address: str) -> CustomerMatches:
        # Stripe's list is case-sensitive and its search lags, so both are read and united by id.
        # A domain's two spellings are two addresses to Stripe.
        spellings = address_spellings(address)
        cased = sorted({*spellings, *(spelling.lower() for spelling in spellings)})
        sought = sorted({spelling.lower() for spelling in spellings})
        searched, listed = await asyncio.gather(
            asyncio.gather(*(_search(self._client, spelling, expand=EXPANDED) for spelling in sought)),
            asyncio.gather(*(_list(self._client, spelling, expand=EXPANDED) for spelling in cased)),
        )
        found = {each["id"]: each for answer in (*searched, *listed) for each in answer or ()}
        return CustomerMatches(
            customers=tuple(map(customer, _with_address(found.values(), address))), search_answered=None not in searched
        )

    async def live_subscriptions_by_address(
        self, address: str, *, newest: bool
    ) -> Mapping[CustomerId, tuple[SubscriptionId, ...] | None]:
        spellings = address_spellings(address)
        sought = sorted({spelling.lower() for spelling in spellings})
        answers: Sequence[list[Json] | None] = await asyncio.gather(
            *(_search(self._client, each, expand=SUBSCRIBED) for each in sought)
        )
        listed: Sequence[list[Json]] = ()
        if newest or None in answers:  # the search lags, the list doesn't, but it is case-sensitive
            cased = sorted({*spellings, *sought})
            listed = await asyncio.gather(*(_list(self._client, each, expand=SUBSCRIBED) for each in cased))
        found = {each["id"]: each for answer in (*answers, *listed) for each in answer or ()}
        fresh = {each["id"] for answer in listed for each in answer}
        return {
            CustomerId(each["id"]): _live(each["subscriptions"]) if each["id"] in fresh or not newest else None
            for each in _with_address(found.values(), address)
        }

    async def has_dispute(self, customer_id: CustomerId) -> bool:
        async with self._client.reading("list a customer's charges"):
            charges = await self._client.v1.charges.list_async({"customer": customer_id, "limit": 100})
        return any(charge.disputed for charge in charges.data)


def _with_address(found: Iterable[Json], address: str) -> Iterator[Json]:
    asked = fold_address(address)
    for each in found:
        if not each.get("deleted") and not each.get("test_clock") and fold_address(each.get("email") or "") == asked:
            yield each


def _live(subscriptions: Json) -> tuple[SubscriptionId, ...] | None:
    """Return what of an expanded list is in use; None if it goes on beyond its first page."""
    if subscriptions["has_more"]:
        return None
    return tuple(SubscriptionId(each["id"]) for each in subscriptions["data"] if each["status"] in LIVE_STATUSES)


async def _list(client: Client, spelling: str, *, expand: list[str]) -> list[Json]:
    async with client.reading("list customers by address"):
        listed = await client.v1.customers.list_async({"email": spelling, "limit": 100, "expand": expand})
        return [each.to_dict() async for each in listed.auto_paging_iter()]


async def _search(client: Client, address: str, *, expand: list[str]) -> list[Json] | None:
    """Search; None where search fails: the account's country, the key's permission, an outage."""
    quoted = address.replace("\\", "\\\\").replace('"', '\\"')  # Stripe: Search query language
    try:
        async with client.reading("search customers by address"):
            query = f'email:"{quoted}"'
            return [each async for each in client.walk("customers/search", query=query, limit=100, expand=expand)]
    except (Refused, Unavailable):
        return None
