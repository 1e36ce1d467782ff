"""What the portal configuration in use allows; read, never assumed, and remembered for a minute."""

from datetime import datetime, timedelta

from billing.client import Client
from billing.translate import Json
from billing.translate.portal import features
from domain.portal import PortalFeatures
from flows.failures import Refused
from flows.ports import Clock

KEPT = timedelta(seconds=60)


class PortalConfiguration:
    """The configuration given by its id (`bpc_…`), else the account's default one."""

    def __init__(self, client: Client, *, configuration: str | None, clock: Clock) -> None:
        self._client = client
        self._configuration = configuration
        self._clock = clock
        self._known: tuple[datetime, PortalFeatures] | None = None

    async def features(self) -> PortalFeatures:
        """Say what is switched on, at most a minute old.

        Raises:
            Refused: no settings were ever saved (`portal_not_saved`), or the id is unknown.
            Unavailable: Stripe was not to be had.
        """
        now = self._clock()
        if self._known is None or not timedelta() <= now - self._known[0] < KEPT:
            self._known = (now, features(await self._read()))
        return self._known[1]

    async def _read(self) -> Json:
        async with self._client.reading("read the portal configuration"):
            if self._configuration is not None:
                given = await self._client.v1.billing_portal.configurations.retrieve_async(self._configuration)
                return given.to_dict()
            defaults = await self._client.v1.billing_portal.configurations.list_async(
                {"is_default": True, "active": True, "limit": 1}
            )
        if not defaults.data:
            raise Refused(
                "Stripe's customer portal has no saved settings: save them in the Dashboard under Settings, Billing, "
                "Customer portal, or set PORTAL_CONFIGURATION.",
                fault="request",
                code="portal_not_saved",
            )
        return defaults.data[0].to_dict()
