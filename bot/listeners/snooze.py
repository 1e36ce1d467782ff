"""*Snooze…*: a proposal out of sight for a while."""

from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import modals, pressed, proposal_cards
from bot.decided_answers import decided
from bot.errors import ask
from bot.listeners.acknowledge import acknowledge
from bot.listeners.chosen import chose, rest_of
from bot.staff import asker
from bot.trouble import noted
from flows.approval import Approvals
from flows.ports import Clock


def register(app: AsyncApp, *, client: AsyncWebClient, approvals: Approvals, clock: Clock) -> None:
    """Ask for how long, and say until when it is in fact: never past the last useful moment."""

    async def work(body: dict[str, Any], action: dict[str, Any]) -> None:
        await ask(client.views_open(trigger_id=body["trigger_id"], view=modals.snooze(rest_of(action))))

    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        proposal_id, version = pressed.read(view["private_metadata"])
        now = clock()
        until = now + timedelta(days=int(modals.typed(view, modals.DAYS)))
        answer = await approvals.snooze(
            asked_by=asker(body), proposal_id=proposal_id, version=version, until=until, now=now
        )
        await ack(response_action="update", view=modals.result(decided(noted(answer))))

    app.action(proposal_cards.MORE, matchers=[chose(proposal_cards.SNOOZE)])(ack=acknowledge, lazy=[work])
    app.view(modals.SNOOZE)(submitted)
