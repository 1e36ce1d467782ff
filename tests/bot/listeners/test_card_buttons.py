"""The buttons of a card, each pressed by those who may and those who may not."""

from dataclasses import replace
from uuid import uuid4

import pytest

from domain.ids import EffectId
from sandbox.server import Sandbox
from sandbox.slack.messages import Message
from sandbox.slack.workspace import Workspace
from tests.bot.cases import posted, show, stored
from tests.bot.harness import SlackHarness
from tests.bot.samples import NOW
from tests.bot.seen import answer_to, modal_of, seen


async def choose(slack: Workspace, who: str, message: Message, label: str) -> Message:
    return await answer_to(slack, who, lambda: slack.choose(who, message, "card_more", label))


async def test_take_over_and_hand_back(room: SlackHarness, slack: Workspace) -> None:
    case, message = await posted(room)

    answer = await choose(slack, "agent", message, "I'll talk to them")
    assert "It's yours" in seen(answer)
    assert (await stored(room, case)).owner == "U0AGENT001"
    assert "<@U0AGENT001> is already talking to them." in seen(
        await choose(slack, "agent2", message, "I'll talk to them")
    )

    message = await show(room, case)
    assert "Handed back" in seen(await choose(slack, "manager", message, "Hand back"))
    assert (await stored(room, case)).owner is None
    assert "Nobody is talking to them now" in seen(await choose(slack, "manager", message, "Hand back"))


async def test_a_stale_card_of_a_deleted_customer_does_nothing(room: SlackHarness, slack: Workspace) -> None:
    case, message = await posted(room)
    async with room.store.begin() as unit:
        row = await unit.observations.row(case.subscription_id)
        assert row is not None
        assert row.facts is not None
        gone = replace(row, facts=replace(row.facts, customer_deleted=True), version=row.version + 1)
        assert await unit.observations.save_row(gone, expected_version=row.version)
        await unit.commit()

    assert "has been deleted at Stripe" in seen(await choose(slack, "agent", message, "I'll talk to them"))
    assert (await stored(room, case)).owner is None
    assert "I'll talk to them" not in seen(await show(room, case))


@pytest.mark.parametrize("who", ["nobody", "admin", "guest"])
async def test_no_permission_no_change(room: SlackHarness, slack: Workspace, who: str) -> None:
    case, message = await posted(room)

    answer = seen(await choose(slack, who, message, "I'll talk to them"))

    expected = "Guests of this workspace" if who == "guest" else "Only a support agent or a manager can do this."
    assert expected in answer
    assert (await stored(room, case)).owner is None


async def test_outsider_is_refused(room: SlackHarness, slack: Workspace) -> None:
    case, message = await posted(room)
    channel = slack.channel("cancellations")
    channel.members.append("U0OUTSIDE1")
    try:
        answer = await choose(slack, "outsider", message, "I'll talk to them")
    finally:
        channel.members.remove("U0OUTSIDE1")

    assert "Only members of this company can do this" in seen(answer)
    assert (await stored(room, case)).owner is None


async def test_feature_request_is_noted(room: SlackHarness, slack: Workspace) -> None:
    case, message = await posted(room)
    await slack.choose("agent", message, "card_more", "Asked for…")
    form = await modal_of(slack, "agent")

    told = await slack.submit("agent", form, {"feature": "   \u200b "})
    assert told.acknowledged
    assert form.errors == {"feature": "Name the feature in a few words."}
    await slack.submit("agent", form, {"feature": "Single *sign-on* <!channel>"})

    assert slack.modal("agent") is None
    assert (await stored(room, case)).tags == ("Single *sign-on* <!channel>",)
    again = await show(room, case)
    assert all("<!channel>" not in text for text in _markup(again))


async def test_never_contact_asks_to_confirm(room: SlackHarness, slack: Workspace) -> None:
    case, message = await posted(room)
    await slack.choose("agent", message, "card_more", "Never contact…")
    question = await modal_of(slack, "agent")
    async with room.store.read() as unit:
        assert not await unit.people.suppressed(case.person_id)

    await slack.submit("agent", question)

    assert "they won't be contacted again" in seen(question)
    async with room.store.read() as unit:
        assert await unit.people.suppressed(case.person_id)
    await slack.close("agent", question)
    await slack.choose("agent", message, "card_more", "Never contact…")
    again = await modal_of(slack, "agent")
    await slack.submit("agent", again)
    assert "They already won't be contacted" in seen(again)


async def test_owner_answers_once(room: SlackHarness, slack: Workspace) -> None:
    case, message = await posted(room)
    await choose(slack, "agent", message, "I'll talk to them")
    card = await room.flows.card_publisher.card(case.id, now=NOW)
    assert card is not None
    place = await room.poster.ask_follow_up(card, marker=EffectId(uuid4()))
    question = slack.message(place.channel, place.ts)
    assert question is not None

    await slack.click("agent", question, "follow_up_reached")

    await slack.wait_for(lambda: "Noted: *Reached*" in seen(question))
    assert (await stored(room, case)).follow_up == "reached"


async def test_open_in_stripe_is_acknowledged(room: SlackHarness, slack: Workspace) -> None:
    _, message = await posted(room)

    told = await slack.choose("agent", message, "card_more", "Open in Stripe")

    assert told.acknowledged
    assert not told.body


async def test_card_portal_link_answers_privately(room: SlackHarness, sandbox: Sandbox, slack: Workspace) -> None:
    lea = next(each for each in sandbox.stripe.ledger.all("customer") if each.get("email") == "lea@novak-mail.com")
    _, message = await posted(room, customer_id=lea["id"])
    before = seen(message)

    answer = await answer_to(slack, "agent", lambda: slack.click("agent", message, "card_portal_link"))

    assert "lea@novak-mail.com" in seen(answer)
    assert seen(message) == before


def _markup(message: Message) -> list[str]:
    texts = [field["text"] for block in message.blocks for field in block.get("fields", [])]
    return texts + [
        element["text"]
        for block in message.blocks
        if block["type"] == "context"
        for element in block["elements"]
        if element["type"] == "mrkdwn"
    ]
