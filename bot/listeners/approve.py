"""*Approve & send*: a manager's yes, answered beside the proposal."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot import pressed, proposal_cards, words
from bot.blocks import Message
from bot.decided_answers import decided
from bot.listeners.acknowledge import acknowledge
from bot.patience import Patience
from bot.respond import Respond
from bot.staff import asker
from bot.trouble import noted
from flows.approval import Approvals
from flows.ports import Clock


def register(app: AsyncApp, *, approvals: Approvals, patience: Patience, clock: Clock) -> None:
    """Say yes to the version that was shown; the message itself turns by its own effect."""

    async def work(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        async def say_yes() -> Message:
            proposal_id, version = pressed.read(action["value"])
            answer = await approvals.approve(
                asked_by=asker(body), proposal_id=proposal_id, version=version, now=clock()
            )
            return decided(noted(answer))

        await patience.answer(respond, say_yes(), gave_up=words.LOOK_FIRST)

    app.action(proposal_cards.APPROVE)(ack=acknowledge, lazy=[work])
