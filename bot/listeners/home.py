"""The App Home: published when a person opens it, and changed by its buttons."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.background import log_failure
from bot.slack.errors import ask
from bot.slack.reply import ModalReply, Respond, open_modal
from bot.slack.reply_deadline import ReplyDeadline
from bot.slack.request import acknowledge, requester
from bot.views import modals
from bot.views.blocks import Message
from bot.views.button_values import own_text, read_id
from bot.views.charts import as_lines
from bot.views.home import home_tab
from bot.views.home.home_tab import SystemStatus, home_view
from bot.views.portal_links import lookup as lookup_view
from bot.views.winback import command_texts
from bot.views.winback.decision_replies import batch_decision_message
from domain.ids import LinkId, ProposalId, StaffId
from domain.permissions import Role
from flows.failures import CALL_FAILURES, Refused
from flows.health import Health
from flows.people.staff_permissions import PermissionDenied, first_few
from flows.portal_links.deliver import LinkDelivery
from flows.ports import Clock, Directory, NotStaff, Staff
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.sending_pause import PauseControl
from flows.winback.proposals.decide import ProposalDecisions
from flows.winback.proposals.hold import OfferCorrections
from flows.winback.results.report import ResultsReport

UNSHOWN = frozenset({"invalid_arguments", "invalid_blocks"})
"""Slack's answers to a view with a block that the workspace doesn't support."""
AskHealth = Callable[[], Awaitable[Health]]


def register(app: AsyncApp, *, tab: "HomeTab", deadline: ReplyDeadline) -> None:
    """Publish the tab by role; each button checks the permission again."""
    client, clock = tab.client, tab.clock

    async def opened(body: dict[str, Any], event: dict[str, Any]) -> None:
        if event.get("tab") == "home":
            await tab.publish(requester(body), picked=None)

    async def revoke(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        now, link_id = clock(), LinkId(read_id(own_text(action)))
        answer = await tab.link_delivery.revoke(requester=requester(body), link_id=link_id, now=now)
        await respond(lookup_view.revoked_message(log_failure(answer), now=now))
        if body.get("view", {}).get("type") == "home":
            await tab.publish(requester(body), picked=None)

    async def pick(body: dict[str, Any], action: dict[str, Any]) -> None:
        await tab.publish(requester(body), picked=home_tab.picked_proposals(action))

    async def approve(body: dict[str, Any], action: dict[str, Any]) -> None:
        view_id = await open_modal(client, body, modals.waiting_modal("Approve selected"))
        chosen, names = home_tab.proposals_to_approve(own_text(action)), home_tab.proposal_names(body["view"])

        async def say_yes() -> Message:
            answer = await tab.approvals.approve_many(requester=requester(body), proposals=chosen, now=clock())
            return batch_decision_message(answer, names)

        respond = ModalReply(partial(client.views_update, view_id=view_id))
        await deadline.answer(respond, say_yes(), timeout_text=command_texts.BATCH_TIMED_OUT)
        await tab.publish(requester(body), picked=None)

    app.event("app_home_opened")(ack=acknowledge, lazy=[opened])
    app.action(lookup_view.REVOKE)(ack=acknowledge, lazy=[revoke])
    app.action(home_tab.PICK)(ack=acknowledge, lazy=[pick])
    app.action(home_tab.APPROVE)(ack=acknowledge, lazy=[approve])


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeTab:
    """Collects what a person's tab shows, and publishes it."""

    client: AsyncWebClient
    directory: Directory
    approvals: ProposalDecisions
    corrections: OfferCorrections
    link_delivery: LinkDelivery
    pause_control: PauseControl
    policies: ActivePolicy
    report: ResultsReport
    health: AskHealth
    clock: Clock

    async def publish(self, staff: Staff, *, picked: Collection[ProposalId] | None) -> None:
        """Publish the current tab; a workspace without charts gets text instead."""
        view = await self._view(staff, picked)
        try:
            await ask(self.client.views_publish(user_id=staff.id, view=view))
        except Refused as refused:
            if refused.code not in UNSHOWN:
                raise
            plain = view | {"blocks": as_lines(view["blocks"])}
            await ask(self.client.views_publish(user_id=staff.id, view=plain))

    async def _view(self, staff: Staff, picked: Collection[ProposalId] | None) -> dict[str, Any]:
        roles = await self.directory.roles(staff)
        held = frozenset[Role]() if isinstance(roles, NotStaff) else roles
        now = self.clock()
        waiting = await self.approvals.pending(requester=staff, now=now) if Role.MANAGER in held else None
        running = None
        if Role.ADMIN in held:
            running = SystemStatus(health=await self.health(), pause=await self.pause_control.paused())
        return home_view(
            roles=held,
            ask=() if held else await _whom_to_ask(self.directory),
            waiting=None if isinstance(waiting, PermissionDenied) else waiting,
            unsent=await self.corrections.unsent() if Role.MANAGER in held else None,
            picked=picked,
            month=await self.report.home(now=now) if held else None,
            links=await self.link_delivery.mine(requester=staff, now=now)
            if held & {Role.SUPPORT, Role.MANAGER}
            else (),
            running=running,
            faults=self.policies.fault if held & {Role.ADMIN, Role.MANAGER} else (),
            now=now,
        )


async def _whom_to_ask(directory: Directory) -> tuple[StaffId, ...]:
    """Return up to three admins or managers; none if Slack can't be reached."""
    try:
        return first_few([*sorted(await directory.members(Role.ADMIN)), *sorted(await directory.members(Role.MANAGER))])
    except CALL_FAILURES:
        return ()
