"""The portal configuration in use, cached for a minute."""

from collections.abc import Mapping

from billing.cache import Cache
from billing.client import Client
from billing.translate import Json
from billing.translate.portal import features
from domain.billing.portal_access import PortalFeatures
from flows.failures import Refused
from flows.ports import Clock

PRODUCTS = "features.subscription_update.products"  # shown on expansion only (Stripe: The Configuration object)


class PortalConfiguration:
    """The configuration given by its id (`bpc_…`), else the account's default one."""

    def __init__(self, client: Client, *, configuration: str | None, clock: Clock) -> None:
        self._client = client
        self._configuration = configuration
        self._known = Cache(self.read, clock=clock)

    async def features(self) -> PortalFeatures:
        """Return what is switched on, at most a minute old."""
        return features(await self._known.get())

    async def asks_why(self) -> bool:
        """Return whether it asks a customer who cancels for the reason, at most a minute old."""
        return bool((await self._known.get())["features"]["subscription_cancel"]["cancellation_reason"]["enabled"])

    async def switchable(self) -> Mapping[str, frozenset[str]]:
        """Return the prices, by product, that customers may switch to in the portal, at most a minute old."""
        switching = (await self._known.get())["features"]["subscription_update"]
        offered = switching.get("products") or () if switching["enabled"] else ()
        return {each["product"]: frozenset(each["prices"]) for each in offered}

    async def read(self) -> Json:
        """Read it afresh, with the products to switch to.

        Raises:
            Refused: no settings were ever saved (`portal_not_saved`), or the id is unknown.
            Unavailable: Stripe could not be reached.
        """
        async with self._client.reading("read the portal configuration"):
            if self._configuration is not None:
                given = await self._client.v1.billing_portal.configurations.retrieve_async(
                    self._configuration, {"expand": [PRODUCTS]}
                )
                return given.to_dict()
            defaults = await self._client.v1.billing_portal.configurations.list_async(
                {"is_default": True, "active": True, "limit": 1, "expand": [f"data.{PRODUCTS}"]}
            )
        if not defaults.data:
            raise Refused(
                "Stripe's customer portal has no saved settings: save them in the Dashboard under Settings, Billing, "
                "Customer portal, or set PORTAL_CONFIGURATION.",
                fault="request",
                code="portal_not_saved",
            )
        return defaults.data[0].to_dict()
