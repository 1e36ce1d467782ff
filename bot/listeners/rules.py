"""*Approve rule…* and *Revoke rule* under `/winback rules`."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import modals, rule_cards
from bot.errors import ask
from bot.listeners.acknowledge import acknowledge
from bot.respond import Respond
from bot.staff import asker
from bot.trouble import noted
from flows.ports import Clock
from flows.standing import Standing
from wording.capital import capital
from wording.typed_money import NotAnAmount, typed_money

_CURRENCY = re.compile(r"[a-z]{3}", re.ASCII)


def register(app: AsyncApp, *, client: AsyncWebClient, standing: Standing, clock: Clock) -> None:
    """Ask for the budget, then approve; take it back at once."""

    async def open_form(body: dict[str, Any], action: dict[str, Any]) -> None:
        await ask(client.views_open(trigger_id=body["trigger_id"], view=rule_cards.budget(action["value"])))

    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        currency = modals.typed(view, rule_cards.CURRENCY).strip().lower()
        if not _CURRENCY.fullmatch(currency):
            await ack(response_action="errors", errors={rule_cards.CURRENCY: rule_cards.NO_CURRENCY})
            return
        try:
            budget = typed_money(modals.typed(view, rule_cards.BUDGET), currency)
        except NotAnAmount as fault:
            await ack(response_action="errors", errors={rule_cards.BUDGET: f"{capital(str(fault))}."})
            return
        rule = view["private_metadata"]
        answer = await standing.approve_rule(asked_by=asker(body), rule=rule, budget=budget, now=clock())
        await ack(response_action="update", view=modals.result(rule_cards.approved(noted(answer))))

    async def revoke(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        answer = await standing.revoke_rule(asked_by=asker(body), rule=action["value"], now=clock())
        await respond(rule_cards.approved(noted(answer)), replace=False)

    app.action(rule_cards.APPROVE)(ack=acknowledge, lazy=[open_form])
    app.view(rule_cards.APPROVE_VIEW)(submitted)
    app.action(rule_cards.REVOKE)(ack=acknowledge, lazy=[revoke])
