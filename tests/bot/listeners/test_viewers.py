"""Viewers see figures, and whatever else they send is refused."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.slack.permissions import PERMISSIONS
from domain.permissions import Action, Role, allowed
from sandbox.slack import payloads
from sandbox.slack.workspace import Workspace
from storage import tables
from storage.store import SqlStore
from tests.bot.harness import SlackHarness
from tests.bot.listeners.test_forged_values import FIELDS, SILENT, crashes, field, pressed
from tests.bot.lost_customers import proposed
from tests.bot.seen import answer_to, seen

CHANGES_WITH_ANSWERS = ("audit", "audit_head", "sights", "report_")
ASKS_FIRST_WHOSE_IT_IS = {Action.PICK, Action.MAIL_LINK, Action.SHOW_LINK, Action.REVOKE_OWN, Action.SHOW_OFFER_LINK}
"""A lookup or link is known to its maker only, so these values are unknown before a right is asked for.

Another's offer asks for another right.
"""


async def stored(store: SqlStore) -> dict[str, list[Any]]:
    """Return all that is stored, apart from the audit and what a report counts."""
    async with store._engine.connect() as connection:
        return {
            name: sorted(map(repr, (await connection.execute(select(table))).all()))
            for name, table in tables.metadata.tables.items()
            if not name.startswith(CHANGES_WITH_ANSWERS)
        }


@pytest.mark.parametrize("word", ["stats", "stats 90d", "leak", "digest"])
async def test_viewers_see_figures(room: SlackHarness, slack: Workspace, word: str) -> None:
    answer = await answer_to(slack, "viewer", lambda: slack.command("viewer", "support", "/winback", word))
    assert "can do this" not in seen(answer)
    assert any(words in seen(answer) for words in ("last 30 days", "last 90 days", "How this is counted"))


@pytest.mark.parametrize(
    "word", ["pending", "customer dana@scully-mail.com", "shipped SSO", "rules", "pause", "resume"]
)
async def test_viewers_learn_whom_to_ask(room: SlackHarness, slack: Workspace, word: str) -> None:
    answer = await answer_to(slack, "viewer", lambda: slack.command("viewer", "support", "/winback", word))
    assert "can do this. Ask <@U0" in seen(answer)


async def test_forged_requests_of_viewers_are_refused(room: SlackHarness, slack: Workspace) -> None:
    proposal, message = await proposed(room)
    person, channel, before = slack.person("viewer"), slack.channel("support"), await stored(room.store)
    decided, case_id = f"{proposal.id} {proposal.version}", str(proposal.case_id)
    asked: set[Action] = set()
    for name, action in PERMISSIONS.items():
        kind, what, *more = name.split()
        if action is None or allowed(action, {Role.VIEWER}) or what in SILENT or name.removeprefix("action ") in SILENT:
            continue
        value = decided if what.startswith(("proposal_", "home_", "launch_")) else case_id
        value = str(person.id) if what == "add_lookups" else value
        if kind == "command":
            payload = payloads.command(slack, person, channel, what, " ".join([*more, "dana@scully-mail.com"]))
        elif kind == "view":
            fields = {"offer_kind": "restart"} if what in {"propose_offer", "change_offer"} else FIELDS[what]
            values = {each: slot for given, chosen in fields.items() for each, slot in field(given, chosen).items()}
            metadata = {
                "decline_proposal": decided,
                "snooze_proposal": decided,
                "approve_rule": "rule",
                "propose_offer": f"{case_id} eur",
                "change_offer": f"{case_id} eur {decided}",
            }
            payload = payloads.interaction(slack, person, "view_submission") | {
                "trigger_id": slack.triggers.make(person.id),
                "view": {
                    "id": "V0FORGED01", "type": "modal", "callback_id": what, "blocks": [],
                    "private_metadata": metadata.get(what, case_id), "state": {"values": values},
                },
                "response_urls": [],
            }  # fmt: skip
        elif kind == "shortcut":
            payload = payloads.message_action(slack, person, message, what)
        else:
            verb = next(iter(more), None)
            payload = payloads.block_actions(slack, person, message, pressed(what, verb, value))
            if what.startswith(("home_", "offer_")):
                payload["view"] = {
                    "id": "V0FORGED01", "type": "home" if what.startswith("home_") else "modal", "blocks": [],
                    "callback_id": "change_offer", "private_metadata": f"{case_id} eur {decided}",
                    "state": {"values": field("offer_kind", "restart")},
                    **{each: {"type": "plain_text", "text": "Change"} for each in ("title", "submit", "close")},
                }  # fmt: skip
        assert not await crashes(room, payload), name
        asked.add(action)

    assert await stored(room.store) == before
    async with room.store.read() as unit:
        theirs = [row.entry for row in await unit.audit.rows(after=0, limit=1000) if row.entry.who == person.id]
    assert {entry.outcome for entry in theirs} == {"denied"}
    refused = {Action(entry.action) for entry in theirs}
    assert asked - refused <= ASKS_FIRST_WHOSE_IT_IS, asked - refused
