"""Values that we didn't write, in every button, menu and form: a sentence follows, never a traceback."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from structlog.testing import capture_logs

from bot.slack.permissions import PERMISSIONS
from bot.views import modals
from bot.views.winback import feature_launch, offer_form, rules
from domain.winback.proposal import ProposalRow
from sandbox.slack import payloads
from sandbox.slack.messages import Message
from sandbox.slack.workspace import Workspace
from tests.bot.harness import SlackHarness
from tests.bot.lost_customers import now_is, proposed

Json = dict[str, Any]
MISSING = object()
UNKNOWN, HUGE = str(uuid4()), "9" * 30
FORGED: dict[str, Any] = {
    "missing": MISSING,
    "null": None,
    "number": 17,
    "list": ["a"],
    "object": {"value": 1},
    "empty": "",
    "spaces": "   ",
    "an address": "dana@scully-mail.com",
    "nul": "a\x00b",
    "surrogate": "\ud800",
    "digits of another script": "٣",
    "no decimal": "²",
    "half": "1.5",
    "negative": "-1",
    "huge": HUGE,
    "endless": "9" * 5000,
    "long": "x" * 4000,
    "unknown id": UNKNOWN,
    "huge version": f"{UNKNOWN} {HUGE}",
    "negative version": f"{UNKNOWN} -1",
    "foreign customer": f"{UNKNOWN} <!channel> sub_1",
    "huge version in a form": f"{UNKNOWN} eur {UNKNOWN} {HUGE}",
    "no currency": f"{UNKNOWN} \ud800 {UNKNOWN} 1",
}
FIELDS: dict[str, Json] = {
    "feature_request": {modals.FEATURE: "SSO"},
    "note_reason": {modals.WHY: "feedback unused", modals.WORDS: "No time"},
    "never_contact": {},
    "contact_again": {modals.WHY: "by_mistake"},
    "decline_proposal": {modals.WHY: "too_much"},
    "snooze_proposal": {modals.DAYS: "3"},
    "portal_link": {modals.WHO: "nobody@nowhere-mail.com", modals.PURPOSE: "portal", modals.TICKET: "7"},
    "take_back_offer": {modals.WHY: "mistake"},
    "approve_rule": {rules.BUDGET: "100", rules.CURRENCY: "eur"},
}
OFFER_FIELDS = (
    offer_form.PERCENT, offer_form.AMOUNT, offer_form.INVOICES, offer_form.MONTHS, offer_form.PRICE, offer_form.DAYS,
    offer_form.WHO, offer_form.NOTE, offer_form.SEND_AT, offer_form.ASKED, offer_form.TICKET, offer_form.DELIVERY,
)  # fmt: skip
SILENT = {"launch_pick", "open_in_stripe", "card_more open_in_stripe"}
"""A choice that is read when the button below is pressed, and a link that the client opens by itself."""
OK, NOT_OURS = 200, 404
CRASHES = {"work_crashed", "listener_crashed"}


def field(name: str, value: Any) -> Json:
    """Return a form's field with a value in every key under which Slack sends one."""
    if value is MISSING:
        return {}
    chosen = {"selected_option": {"value": value}, "selected_user": value, "selected_date_time": value}
    chosen["selected_options"] = value
    return {name: {name: {"value": value} | chosen}}


def forms(view: str, real: str) -> Iterator[tuple[str, Json]]:
    """Return what is forged, and the form's metadata and fields."""
    offers = [{offer_form.KIND: kind} for kind in offer_form.KINDS]
    for good in offers if view in {"propose_offer", "change_offer"} else [FIELDS[view]]:
        names = [*good, *(OFFER_FIELDS if offer_form.KIND in good else ())]
        whole = {name: slot for each, value in good.items() for name, slot in field(each, value).items()}
        for forgery, value in FORGED.items():
            yield (
                f"{forgery} in the form's own value",
                ({} if value is MISSING else {"private_metadata": value}) | {"state": {"values": whole}},
            )
            rest = {name: slot for each in names for name, slot in field(each, value).items()}
            yield f"{forgery} in all", {"private_metadata": real, "state": {"values": rest | whole}}
            yield f"{forgery} in all {good}", {"private_metadata": real, "state": {"values": whole | rest}}
            for name in good:
                one = {each: slot for each, slot in whole.items() if each != name} | field(name, value)
                yield f"{forgery} in {name}", {"private_metadata": real, "state": {"values": one}}


def pressed(action: str, verb: str | None, value: Any) -> Json:
    """Return the use of an element whose value is forged in every key that Slack knows."""
    told: Json = {"type": "overflow" if verb else "button", "action_id": action, "block_id": action}
    if value is MISSING:
        return told | ({"selected_option": {"value": verb}} if verb else {})
    chosen = {"value": f"{verb} {value}" if verb else value, "text": {"type": "plain_text", "text": "?"}}
    return told | {"value": value, "selected_option": chosen, "selected_options": [chosen]}


async def crashes(room: SlackHarness, payload: Json) -> list[Any]:
    """Dispatch a request, wait for all that it starts, and return what went wrong; unanswered ones included."""
    slack = room.sandbox.slack
    known, latest = asyncio.all_tasks(), (slack.journal or [None])[-1]
    with capture_logs() as logs:
        answer = await room.app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=payload))
        started = asyncio.all_tasks() - known
        if started:
            await asyncio.wait(started, timeout=20)
    crashed = [(log["event"], repr(log.get("exc_info"))) for log in logs if log["event"] in CRASHES]
    closes = payload.get("type") == "view_submission" and answer.status == OK
    if (
        not crashed
        and not closes
        and not answer.body
        and (slack.journal or [None])[-1] is latest
        and answer.status != NOT_OURS
    ):
        return [("no answer", answer.status)]
    return crashed


@pytest.fixture
async def shown(room: SlackHarness) -> tuple[ProposalRow, Message]:
    return await proposed(room)


async def test_forged_buttons_end_in_a_sentence(
    room: SlackHarness, slack: Workspace, shown: tuple[ProposalRow, Message]
) -> None:
    proposal, message = shown
    person, faults = slack.person("manager"), []
    for name in (each.removeprefix("action ") for each in PERMISSIONS if each.startswith("action ")):
        action, _, verb = name.partition(" ")
        for forgery, value in () if name in SILENT else FORGED.items():
            payload = payloads.block_actions(slack, person, message, pressed(action, verb or None, value))
            payload["state"] = {"values": field(feature_launch.PICK, value)}
            if action.startswith(("offer_", "home_")):
                del payload["response_url"]
                payload["view"] = {
                    "id": "V0FORGED01",
                    "type": "home" if action.startswith("home_") else "modal",
                    "callback_id": "change_offer",
                    "blocks": [],
                    "state": payload["state"],
                } | ({} if value is MISSING else {"private_metadata": value})
            faults += [(name, forgery, *each) for each in await crashes(room, payload)]
    assert not faults, "\n".join(map(str, faults))
    assert await now_is(room, proposal) == proposal


@pytest.mark.parametrize("name", [each.removeprefix("view ") for each in PERMISSIONS if each.startswith("view ")])
async def test_forged_forms_end_in_a_sentence(
    room: SlackHarness, slack: Workspace, shown: tuple[ProposalRow, Message], name: str
) -> None:
    proposal, _ = shown
    person, faults = slack.person("manager"), []
    value = f"{proposal.id} {proposal.version}"
    real = {
        "decline_proposal": value,
        "snooze_proposal": value,
        "approve_rule": "rule",
        "propose_offer": f"{proposal.case_id} eur",
        "change_offer": f"{proposal.case_id} eur {value}",
    }.get(name, str(proposal.case_id))
    for what, form in forms(name, real):
        payload = payloads.interaction(slack, person, "view_submission") | {
            "trigger_id": slack.triggers.make(person.id),
            "view": {"id": "V0FORGED01", "type": "modal", "callback_id": name, "blocks": []} | form,
            "response_urls": [],
        }
        faults += [(what, *each) for each in await crashes(room, payload)]
    assert not faults, "\n".join(map(str, faults))


async def test_forged_commands_end_in_a_sentence(room: SlackHarness, slack: Workspace) -> None:
    person, channel, faults = slack.person("manager"), slack.channel("support"), []
    texts = [value for value in FORGED.values() if isinstance(value, str)]
    for name in (each.removeprefix("command ") for each in PERMISSIONS if each.startswith("command ")):
        command, _, word = name.partition(" ")
        for text in texts:
            payload = payloads.command(slack, person, channel, command, f"{word} {text}")
            faults += [(name, text[:80], *each) for each in await crashes(room, payload)]
    assert not faults, "\n".join(map(str, faults))
