"""*Note the reason…* and *Show name and comment*: what staff note, and what a lean card shows to one person."""

from dataclasses import replace

import pytest

from bot.views.cancellations.card import SHOW_PERSON, CardStyle
from domain.cancellations.stored_case import Case
from sandbox.slack.messages import Message
from sandbox.slack.views import View
from sandbox.slack.workspace import Workspace
from tests.bot.cases import posted, show, stored
from tests.bot.harness import SlackHarness
from tests.bot.samples import CASE, cancelled_by
from tests.bot.seen import answer_to, modal_of, seen

SILENT = replace(CASE, episode=replace(CASE.episode, cancellation=cancelled_by("cancellation_requested")))
TALKATIVE = replace(
    CASE,
    episode=replace(CASE.episode, cancellation=cancelled_by("cancellation_requested", comment="Too dear *for me*")),
)
NOTE = "Note the reason…"


async def form_of(slack: Workspace, message: Message, who: str = "agent") -> View:
    await slack.choose(who, message, "card_more", NOTE)
    form = await modal_of(slack, who)
    await slack.wait_for(lambda: "One moment" not in seen(form))
    return form


async def test_a_reason_is_noted_by_name(room: SlackHarness, slack: Workspace) -> None:
    case, message = await posted(room, like=SILENT)
    assert "reason not given yet" in message.text or "no reason given" in message.text
    form = await form_of(slack, message)
    assert "Too expensive" in seen(form)

    await slack.submit("agent", form, {"why": "feedback unused", "words": "They <!channel> never log in"})

    noted = (await stored(room, case)).noted
    assert noted is not None
    assert (noted.feedback, noted.words, noted.by) == ("unused", "They <!channel> never log in", "U0AGENT001")
    again = await show(room, case)
    assert "doesn't use it enough (noted by staff)" in again.text
    assert "Noted by \n: doesn't use it enough\nThey <!channel> never log in" in seen(again)
    assert {"type": "user", "user_id": "U0AGENT001"} in again.blocks[1]["elements"][0]["elements"]


async def test_the_companys_own_reasons_can_be_noted(room: SlackHarness, slack: Workspace) -> None:
    room.sandbox.stripe.portal.add_reason("Our funding ran out")
    case, message = await posted(room, like=SILENT)
    form = await form_of(slack, message)
    await slack.submit("agent", form, {"why": "option Our funding ran out"})
    noted = (await stored(room, case)).noted
    assert noted is not None
    assert (noted.feedback, noted.feedback_option) == (None, "Our funding ran out")


async def test_without_stripe_its_own_reasons_are_offered(room: SlackHarness, slack: Workspace) -> None:
    room.sandbox.faults.add("stripe", "/v1/billing_portal/*", "status", times=None, status=503)
    _, message = await posted(room, like=SILENT)
    assert "Too complex" in seen(await form_of(slack, message))


async def test_the_customers_own_reason_is_never_replaced(room: SlackHarness, slack: Workspace) -> None:
    case, message = await posted(room, like=SILENT)
    form = await form_of(slack, message)
    now = await stored(room, case)
    async with room.store.begin() as unit:
        assert await unit.cases.save(replace(now, episode=CASE.episode))
        await unit.commit()

    await slack.submit("agent", form, {"why": "feedback unused"})

    assert "They gave a reason themselves, and it stands." in seen(form)
    assert (await stored(room, case)).noted is None
    assert NOTE not in seen(await show(room, case))


async def lean_card(room: SlackHarness) -> tuple[Case, Message]:
    full, room.poster.style = room.poster.style, CardStyle(detail="lean", portal_links=True, winback=True)
    try:
        return await posted(room, like=TALKATIVE)
    finally:
        room.poster.style = full


async def test_a_lean_card_shows_name_and_comment_to_one(room: SlackHarness, slack: Workspace) -> None:
    case, message = await lean_card(room)
    assert "Dana" not in seen(message)

    answer = await answer_to(slack, "agent", lambda: slack.click("agent", message, SHOW_PERSON))

    assert "Dana Scully" in seen(answer)
    assert "Too dear *for me*" in seen(answer)
    async with room.store.read() as unit:
        rows = await unit.audit.rows(after=0, limit=10)
    assert [(row.entry.who, row.entry.action, row.entry.whom, row.entry.outcome) for row in rows] == [
        ("U0AGENT001", "show_person", str(case.id), "shown")
    ]


@pytest.mark.parametrize("who", ["guest", "nobody", "admin"])
async def test_others_are_shown_nothing(room: SlackHarness, slack: Workspace, who: str) -> None:
    _, message = await lean_card(room)

    answer = await answer_to(slack, who, lambda: slack.click(who, message, SHOW_PERSON))

    assert "Dana" not in seen(answer)
    assert "Guests of this workspace" in seen(answer) or "Only a support agent" in seen(answer)
    async with room.store.read() as unit:
        (row,) = await unit.audit.rows(after=0, limit=10)
    assert row.entry.outcome == "denied"
