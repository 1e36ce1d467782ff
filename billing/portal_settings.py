"""The portal's settings read and made: the port `PortalSetup`."""

from dataclasses import dataclass

from billing.client import Client
from billing.portal_configuration import PRODUCTS, PortalConfiguration
from billing.translate.portal_setting import changes, setting
from domain.billing.portal_access import PortalSetting


@dataclass(frozen=True, slots=True)
class StripePortalSetup:
    """The port `PortalSetup`, over the configuration that the bot uses."""

    client: Client
    portal: PortalConfiguration

    async def read(self) -> PortalSetting:
        return setting(await self.portal.read(), await self._options())

    async def apply(self, wanted: PortalSetting) -> PortalSetting:
        configuration = await self.portal.read()
        ids = {words: option_id for option_id, words in (await self._options(active=True)).items()}
        for words in wanted.feedback_options:
            if words not in ids:
                ids[words] = await self._new_option(words)
        asked = changes(wanted, configuration, ids)
        asked["expand"] = [PRODUCTS]
        async with self.client.writing("change the portal configuration"):
            changed = await self.client.v1.billing_portal.configurations.update_async(
                configuration["id"], asked, {"max_network_retries": 0}
            )
        return setting(changed.to_dict(), await self._options())

    async def _options(self, *, active: bool = False) -> dict[str, str]:
        """Return the descriptions of the account's feedback options by id; all, or the active ones."""
        async with self.client.reading("list feedback options"):
            listed = await self.client.v1.billing.feedback_options.list_async(
                {"limit": 100, "status": "active"} if active else {"limit": 100}
            )
            return {each.id: each.description async for each in listed.auto_paging_iter()}

    async def _new_option(self, words: str) -> str:
        async with self.client.writing("make a feedback option"):
            made = await self.client.v1.billing.feedback_options.create_async(
                {"description": words}, {"max_network_retries": 0}
            )
        return made.id
