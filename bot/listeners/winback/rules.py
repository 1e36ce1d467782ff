"""*Approve rule…* and *Revoke rule* under `/winback rules`."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.background import log_failure
from bot.slack.reply import Respond, open_modal, reject_field, show_in_form
from bot.slack.request import acknowledge, requester
from bot.views import modals
from bot.views.button_values import own_text
from bot.views.winback import rules as rules_view
from flows.ports import Clock
from flows.winback.policy.standing_approvals import RuleApprovals
from wording.grammar import capital
from wording.money import NotAnAmount, typed_money

_CURRENCY = re.compile(r"[a-z]{3}", re.ASCII)


def register(app: AsyncApp, *, client: AsyncWebClient, standing: RuleApprovals, clock: Clock) -> None:
    """Ask for the budget, then approve the rule; revoke it at once."""

    async def open_form(body: dict[str, Any], action: dict[str, Any]) -> None:
        await open_modal(client, body, rules_view.budget_form(own_text(action)))

    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        currency = modals.typed_value(view, rules_view.CURRENCY).strip().lower()
        if not _CURRENCY.fullmatch(currency):
            await reject_field(ack, rules_view.CURRENCY, rules_view.NO_CURRENCY)
            return
        try:
            budget = typed_money(modals.typed_value(view, rules_view.BUDGET), currency)
        except NotAnAmount as fault:
            await reject_field(ack, rules_view.BUDGET, f"{capital(str(fault))}.")
            return
        rule = own_text(view, "private_metadata")
        answer = await standing.approve_rule(requester=requester(body), rule=rule, budget=budget, now=clock())
        await show_in_form(ack, rules_view.rule_decision_message(log_failure(answer)))

    async def revoke(body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        answer = await standing.revoke_rule(requester=requester(body), rule=own_text(action), now=clock())
        await respond(rules_view.rule_decision_message(log_failure(answer)), replace=False)

    app.action(rules_view.APPROVE)(ack=acknowledge, lazy=[open_form])
    app.view(rules_view.APPROVE_VIEW)(submitted)
    app.action(rules_view.REVOKE)(ack=acknowledge, lazy=[revoke])
