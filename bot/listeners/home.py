"""The App Home, published when somebody looks at it, and *Revoke*, which changes it."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import answers
from bot.errors import ask
from bot.home_tab import home
from bot.listeners.acknowledge import acknowledge
from bot.respond import Respond
from bot.staff import asker
from bot.trouble import noted
from domain.ids import LinkId, StaffId
from domain.rights import Role
from flows.failures import OUTWARD
from flows.handing_over import HandingOver
from flows.health import Health
from flows.permission import first_few
from flows.ports import Clock, Denied, Directory, Staff

AskHealth = Callable[[], Awaitable[Health]]


def register(
    app: AsyncApp,
    *,
    client: AsyncWebClient,
    directory: Directory,
    handing_over: HandingOver,
    health: AskHealth,
    clock: Clock,
) -> None:
    """Publish by role; the rights behind each button are asked again when it is pressed."""

    async def publish(staff: Staff) -> None:
        roles = await directory.roles(staff)
        held = frozenset[Role]() if isinstance(roles, Denied) else roles
        now = clock()
        view = home(
            roles=held,
            ask=() if held else await _whom_to_ask(directory),
            links=await handing_over.mine(asked_by=staff, now=now) if held & {Role.SUPPORT, Role.MANAGER} else (),
            health=await health() if Role.ADMIN in held else None,
            now=now,
        )
        await ask(client.views_publish(user_id=staff.id, view=view))

    async def opened(body: dict[str, Any], event: dict[str, Any]) -> None:
        if event.get("tab") == "home":
            await publish(asker(body))

    async def revoke(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        now, link_id = clock(), LinkId(UUID(action["value"]))
        answer = await handing_over.revoke(asked_by=asker(body), link_id=link_id, now=now)
        await respond(answers.revoked(noted(answer), now=now))
        if body.get("view", {}).get("type") == "home":
            await publish(asker(body))

    app.event("app_home_opened")(ack=acknowledge, lazy=[opened])
    app.action(answers.REVOKE)(ack=acknowledge, lazy=[revoke])


async def _whom_to_ask(directory: Directory) -> tuple[StaffId, ...]:
    """Name up to three admins or managers; nobody where Slack does not say."""
    try:
        return first_few([*sorted(await directory.members(Role.ADMIN)), *sorted(await directory.members(Role.MANAGER))])
    except OUTWARD:
        return ()
