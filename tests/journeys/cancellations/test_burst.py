"""Many subscribers cancel at once: all are visible within seconds, in batches, and each can still be opened."""

from collections.abc import AsyncIterator
from functools import partial
from itertools import chain

import pytest

from bot.views.cancellations.batch import OPEN_CASE
from sandbox.slack.messages import Message
from sandbox.stripe.ledger import Json
from tests.bot.seen import answer_to
from tests.journeys.batch_reader import menu_entry, names_in, rows
from tests.journeys.card_reader import head, nothing_more
from tests.journeys.subscriber import joins
from tests.journeys.world import World, said, world

MANY = 60
MOST_SECONDS = 240  # on a busy machine; seven on an idle one


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world in which sixty subscribers have cancelled at once, one a second by Stripe's clock."""
    async with world(
        tmp_path_factory.mktemp("burst"), start=False, settings={"REASON_WAIT": "0s"}, populated=False
    ) as w:
        theirs = [joins(w.sandbox, name) for name in NAMES]
        await w.bot.start()
        for subscription in theirs:
            w.pass_time(seconds=1)
            w.sandbox.stripe.request_cancellation(subscription)
        await w.until(lambda: {*names(w)} == {*NAMES}, patience=MOST_SECONDS)
        yield w


NAMES = [f"Ada{number:02}" for number in range(MANY)]


def names(w: World) -> list[str]:
    """Return whom the channel is about, those with a card of their own first."""
    alone = ([each for each in NAMES if each in said(message)] for message in w.cards if not rows(message))
    return [*chain.from_iterable(alone), *chain.from_iterable(names_in(message) for message in w.cards)]


def subscription_of(w: World, name: str) -> Json:
    ledger = w.sandbox.stripe.ledger
    [customer] = [each for each in ledger.all("customer") if each["name"] == name]
    [found] = ledger.all("subscription", customer=customer["id"])
    return found


def batch_of(w: World, name: str) -> Message:
    """Return the newest batch's message with a row of somebody."""
    return next(message for message in reversed(w.cards) if rows(message) and name in names_in(message))


def row_of(w: World, name: str) -> str:
    batch = batch_of(w, name)
    return rows(batch)[names_in(batch).index(name)]


async def test_all_are_visible_in_order_in_batches(w: World) -> None:
    await nothing_more(w)
    assert sorted({*names(w)}) == NAMES
    batches = [message for message in w.cards if rows(message)]
    in_rows = list(chain.from_iterable(names_in(batch) for batch in batches))
    assert len(in_rows) == len({*in_rows})
    assert 1 < max(len(rows(batch)) for batch in batches) <= 50
    assert all(names_in(batch) == sorted(names_in(batch)) for batch in batches)
    assert len(w.cards) <= MANY / 4
    assert "Ada" not in "".join(batch.text for batch in batches)


async def test_opened_case_gets_its_card(w: World) -> None:
    name = names_in(next(message for message in w.cards if rows(message)))[1]
    subscription = subscription_of(w, name)
    assert w.cards_of(subscription) == []

    batch = batch_of(w, name)
    for who, answer in (("nobody", "Only"), ("agent", "comes in a moment"), ("agent2", "already")):
        told = await answer_to(
            w.sandbox.slack, who, partial(w.sandbox.slack.choose, who, batch, OPEN_CASE, menu_entry(batch, name))
        )
        assert answer in told.text
    card = await w.card_of(subscription)

    assert name in head(card)
    assert "Propose win-back" in said(card)
    await w.until(lambda: row_of(w, name).endswith("has its own card"))
    assert len(w.cards_of(subscription)) == 1


async def test_answers_to_the_survey_stand_in_the_rows(w: World) -> None:
    batch = [message for message in w.cards if rows(message)][-1]
    edits = [exchange.method for exchange in w.sandbox.slack.journal].count("chat.update")
    for name in names_in(batch):
        w.sandbox.stripe.answer_survey(subscription_of(w, name), "too_complex")

    def without_a_card() -> list[str]:
        told = ("has its own card", "stays with")
        return [row for row in rows(batch_of(w, names_in(batch)[0])) if not any(each in row for each in told)]

    await w.until(lambda: all("oo complex" in row for row in without_a_card()), patience=60)
    assert without_a_card()
    await nothing_more(w)
    edited = [exchange.method for exchange in w.sandbox.slack.journal].count("chat.update") - edits
    assert edited <= 3, "every answer was an edit"


async def test_who_is_back_gets_a_card_and_a_reply(w: World) -> None:
    name = names_in([message for message in w.cards if rows(message)][-1])[-1]
    subscription = subscription_of(w, name)

    w.sandbox.stripe.take_back(subscription)

    card = await w.card_of(subscription)
    await w.until(lambda: any("They came back" in reply.text for reply in w.sandbox.slack.replies(card)), patience=60)
    await w.until(lambda: "stays with" in row_of(w, name), patience=60)
