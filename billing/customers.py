"""Finding customers by address, and whether one of them disputed a payment."""

import asyncio
from collections.abc import Iterable, Iterator

from billing.client import Client, Part
from billing.translate import Json
from billing.translate.customer import customer
from domain.billing.subscription import Customer
from domain.ids import CustomerId
from domain.person import address_spellings, fold_address
from flows.failures import Refused, Unavailable
from flows.ports import CustomerMatches

EXPANDED = ["data.invoice_settings.default_payment_method"]


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
            asyncio.gather(*(_search(self._client, spelling) for spelling in sought)),
            asyncio.gather(*(_list(self._client, spelling) for spelling in cased)),
        )
        found = {each["id"]: each for answer in (*searched, *listed) for each in answer or ()}
        return CustomerMatches(
            customers=tuple(_matching(found.values(), address)), search_answered=None not in searched
        )

    async def has_dispute(self, customer_id: CustomerId) -> bool:
        """Return whether any of a customer's newest 100 payments was disputed."""
        async with self._client.reading("list a customer's charges"):
            charges = await self._client.v1.charges.list_async({"customer": customer_id, "limit": 100})
        return any(charge.disputed for charge in charges.data)


def _matching(found: Iterable[Json], address: str) -> Iterator[Customer]:
    asked = fold_address(address)
    for each in found:
        if not each.get("deleted") and not each.get("test_clock") and fold_address(each.get("email") or "") == asked:
            yield customer(each)


async def _list(client: Client, spelling: str) -> list[Json]:
    async with client.reading("list customers by address"):
        listed = await client.v1.customers.list_async({"email": spelling, "limit": 100, "expand": EXPANDED})
        return [each.to_dict() async for each in listed.auto_paging_iter()]


async def _search(client: Client, address: str) -> list[Json] | None:
    """Search; None where search fails: the account's country, the key's permission, an outage."""
    quoted = address.replace("\\", "\\\\").replace('"', '\\"')  # Stripe: Search query language
    try:
        async with client.reading("search customers by address"):
            result = await client.v1.customers.search_async(
                {"query": f'email:"{quoted}"', "limit": 100, "expand": EXPANDED}
            )
            return [each.to_dict() async for each in result.auto_paging_iter()]
    except (Refused, Unavailable):
        return None
