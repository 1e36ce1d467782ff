"""Two days after somebody took a case over they are asked, in private, what came of it; the card then says so."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.views.cancellations.follow_up_question import ANSWERS
from sandbox.slack import payloads
from sandbox.slack.messages import Message
from sandbox.stripe.ledger import Json
from tests.bot.seen import answer_to
from tests.journeys.card_reader import head, nothing_more, seen
from tests.journeys.subscriber import seeded
from tests.journeys.world import World, world

SAID = {
    "reached": "reached them",
    "no_answer": "got no answer",
    "came_back": "says they came back",
    "lost": "says they are lost",
}


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world(tmp_path_factory.mktemp("two_days"), settings={"REASON_WAIT": "0s"}) as w:
        yield w


async def taken_over(w: World, handle: str) -> tuple[Json, Message]:
    """Return a seeded customer's cancelled subscription, and its card after Ada said she will talk to them."""
    subscription = seeded(w.sandbox, handle)
    w.sandbox.stripe.portal_cancel(subscription, "unused")
    card = await w.card_of(subscription, "paid so far")
    await w.sandbox.slack.choose("agent", card, "card_more", "I'll talk to them")
    return subscription, await w.card_of(subscription, "<@U0AGENT001> is talking to them")


def questions(w: World) -> list[Message]:
    """Return what Ada was asked in private and hasn't answered yet."""
    return [
        each for each in w.sandbox.slack.messages(w.sandbox.slack.direct("agent")) if "What came of it?" in each.text
    ]


async def asked(w: World) -> Message:
    w.pass_time(days=2)
    await w.until(lambda: questions(w))
    [question] = questions(w)
    return question


@pytest.mark.parametrize(
    ("answer", "handle"), [("reached", "dana"), ("no_answer", "bob"), ("came_back", "carol"), ("lost", "dave")]
)
async def test_each_answer_is_on_the_card(w: World, answer: str, handle: str) -> None:
    subscription, card = await taken_over(w, handle)
    w.pass_time(days=1, hours=23)
    await nothing_more(w)
    assert not questions(w)
    question = await asked(w)
    assert "You said you would talk to a" in question.text

    told = await w.sandbox.slack.click("agent", question, f"follow_up_{answer}")

    assert told.acknowledged
    await w.card_of(subscription, f"<@U0AGENT001> {SAID[answer]}")
    label = ANSWERS[answer]  # type: ignore[index]  # the parameters name every answer there is
    await w.until(lambda: f"Noted: *{label}*" in seen(question))
    assert not questions(w)
    await nothing_more(w)
    assert w.cards_of(subscription) == [card]


async def test_handed_back_case_asks_nobody(w: World) -> None:
    subscription, card = await taken_over(w, "erin")
    await w.sandbox.slack.choose("agent", card, "card_more", "Hand back")
    await w.until(lambda: "talking to them" not in head(w.cards_of(subscription)[0]))

    w.pass_time(days=3)
    await nothing_more(w)

    assert not questions(w)


async def test_a_double_click_is_one_answer(w: World) -> None:
    subscription, _ = await taken_over(w, "fay")
    question = await asked(w)

    await asyncio.gather(*(w.sandbox.slack.click("agent", question, "follow_up_lost") for _ in range(2)))

    await w.card_of(subscription, "<@U0AGENT001> says they are lost")
    await w.until(lambda: not questions(w))


async def test_only_the_owner_can_answer(w: World) -> None:
    subscription, _ = await taken_over(w, "hana")
    question = await asked(w)
    slack = w.sandbox.slack
    mine = await slack.click("agent", question, "open_in_stripe")  # any click, to take its shape from
    [button] = [
        each
        for block in question.blocks
        for each in block.get("elements", [])
        if each.get("action_id") == "follow_up_lost"
    ]
    action = {key: button[key] for key in ("type", "action_id", "value", "text")}
    action |= {"block_id": mine.payload["actions"][0]["block_id"]}
    forged = payloads.block_actions(slack, slack.person("agent2"), question, action)

    answer = await answer_to(slack, "agent2", lambda: slack.deliveries.interact("interactive", forged))

    assert "<@U0AGENT001> is talking to them now, so this isn't yours to answer." in seen(answer)
    await nothing_more(w)
    assert "<@U0AGENT001> is talking to them" in head(w.cards_of(subscription)[0])
    await slack.click("agent", question, "follow_up_reached")
    await w.card_of(subscription, "<@U0AGENT001> reached them")
