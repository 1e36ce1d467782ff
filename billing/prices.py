"""Prices that an offer may name: the ones customers can switch to, and one by its id."""

import asyncio

from billing.cache import Cache
from billing.catalog import read_price
from billing.client import Client, Part
from billing.portal_configuration import PortalConfiguration
from billing.translate import Json
from billing.translate.price import prices
from domain.billing.subscription import Price
from flows.failures import Refused
from flows.ports import Clock


class Prices(Part):
    """Prices, for the port `OfferBilling`; those to switch to are at most a minute old."""

    def __init__(self, client: Client, *, portal: PortalConfiguration, clock: Clock) -> None:
        super().__init__(client)
        self._portal = portal
        self._known = Cache(self._read, clock=clock)

    async def catalog(self) -> tuple[Price, ...]:
        return await self._known.get()

    async def price(self, price_id: str) -> tuple[Price, ...]:
        found = await self._whole(await read_price(self._client, price_id, currencies=()))
        sold = () if found["recurring"] is None else tuple(each for each in prices(found) if each.active)
        if not sold:
            raise Refused(
                f"The price {price_id} or its product is no longer sold at Stripe, or it isn't recurring.",
                fault="request",
                code="resource_missing",
            )
        return sold

    async def _read(self) -> tuple[Price, ...]:
        """Return none where customers may not switch, or where the portal was never set up."""
        try:
            offered = await self._portal.switchable()
        except Refused as refusal:
            if refusal.code != "portal_not_saved":
                raise
            return ()
        listed = await asyncio.gather(*(self._of_product(product_id) for product_id in offered))
        wanted = frozenset().union(*offered.values())
        return tuple(each for found in listed for each in found if each.id in wanted)

    async def _of_product(self, product_id: str) -> list[Price]:
        async with self._client.reading("list a product's prices"):
            listed = await self._client.v1.prices.list_async(
                {
                    "product": product_id,
                    "active": True,
                    "type": "recurring",
                    "limit": 100,
                    "expand": ["data.product", "data.tiers", "data.currency_options"],
                }
            )
            found = [each.to_dict() async for each in listed.auto_paging_iter()]
        whole = [await self._whole(each) for each in found]
        return [each for one in whole for each in prices(one) if each.active]

    async def _whole(self, found: Json) -> Json:
        """Read a tiered price again for its tiers in other currencies."""
        others = [currency for currency in found.get("currency_options") or {} if currency != found["currency"]]
        if found["billing_scheme"] != "tiered" or not others:
            return found
        return await read_price(self._client, found["id"], currencies=others)
