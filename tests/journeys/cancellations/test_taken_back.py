"""Somebody who cancelled stays after all, or comes back: the same card turns, and its thread says so once."""

import re
from collections.abc import AsyncIterator

import pytest

from sandbox.slack.messages import Message
from sandbox.stripe.ledger import Json
from tests.journeys.card_reader import head, nothing_more, on, small_print
from tests.journeys.subscriber import Subscriber, joins, seeded
from tests.journeys.world import World, world


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world(tmp_path_factory.mktemp("taken_back")) as w:
        yield w


async def cancelled(w: World, subscription: Json, *, number: int = 1) -> Message:
    """Cancel in the portal, and wait for the card."""
    async with Subscriber(w.sandbox, subscription) as subscriber:
        await subscriber.cancel()
        await subscriber.answer("It’s too expensive")
    return await w.card_of(subscription, " cancelled ", "too expensive", number=number)


async def taken_back(w: World, subscription: Json) -> None:
    """Change one's mind a minute later."""
    w.pass_time(minutes=1)
    async with Subscriber(w.sandbox, subscription) as subscriber:
        await subscriber.renew()
        assert "Your plan renews on" in subscriber.words


def replies(w: World, card: Message) -> list[str]:
    return [reply.text for reply in w.sandbox.slack.replies(card)]


async def test_taken_back_is_posted_once(w: World) -> None:
    dana = seeded(w.sandbox, "dana")
    card = await cancelled(w, dana)
    await taken_back(w, dana)
    await w.card_of(dana, "stays with Pro")
    for event in w.sandbox.stripe.events[-1:]:  # told once more
        await w.sandbox.stripe.webhooks.deliver(event)

    await nothing_more(w)

    assert w.cards_of(dana) == [card]
    assert card.text == "A Pro customer took their cancellation back: €49 a month"
    assert head(card).startswith("🟢 Dana Reyes stays with Pro · kept €49 a month · back since ")
    assert "reason was: too expensive" in small_print(card)
    assert replies(w, card) == ["They came back: they took the cancellation of Pro back."]


async def test_second_cancellation_gets_a_card(w: World) -> None:
    bob = seeded(w.sandbox, "bob")
    first = await cancelled(w, bob)
    await taken_back(w, bob)
    await w.card_of(bob, "stays with Pro")
    w.pass_time(days=1)

    second = await cancelled(w, bob, number=2)

    await nothing_more(w)
    assert w.cards_of(bob) == [first, second]
    assert " stays with Pro · " in head(first)
    ends_on = on(w, bob["cancel_at"])
    assert second.text == f"A Pro customer cancelled: $49 a month, ends {ends_on}, too expensive, their second"
    assert re.fullmatch(r"customer for \d months, second cancellation", small_print(second)[1])
    assert len(replies(w, first)) == 1
    assert not replies(w, second)


async def test_return_under_a_second_customer(w: World) -> None:
    carol = seeded(w.sandbox, "carol")
    stripe = w.sandbox.stripe
    stripe.cancel_now(carol)
    card = await w.card_of(carol, "ended")
    w.pass_time(days=20)

    again = stripe.create_customer(name="C. Whitfield", email="CAROL@Whitfield-Mail.com")
    stripe.cards.attach(again)
    stripe.subscribe(again, stripe.ledger.get("price", "price_SeedProGbp"))

    await w.card_of(carol, "is back with Pro")
    await nothing_more(w)
    assert w.cards_of(carol) == [card]
    assert card.text == "A Starter customer who had cancelled is back with Pro: £45 a month"
    assert " is back with Pro: £45 a month · was £8 a month · back since " in head(card)
    assert replies(w, card) == ["They came back, with Pro: £45 a month."]


async def test_other_peoples_return_does_not_count(w: World) -> None:
    stripe = w.sandbox.stripe
    gone = joins(w.sandbox, "Gone")
    stripe.portal_cancel(gone, "unused")
    card = await w.card_of(gone, "doesn't use it enough")

    joins(w.sandbox, "Newcomer")
    await nothing_more(w)

    assert " cancelled Pro · " in head(card)
    assert not replies(w, card)


async def test_deleted_card_is_replaced(w: World) -> None:
    erin = seeded(w.sandbox, "erin")
    deleted = await cancelled(w, erin)
    await w.card_of(erin, "paid so far")
    await nothing_more(w)
    await w.sandbox.slack.delete_message("admin", deleted)

    await taken_back(w, erin)

    adopted = await w.card_of(erin, "stays with Team")
    assert adopted.ts != deleted.ts
    await w.until(lambda: replies(w, adopted))

    await w.sandbox.slack.choose("agent", adopted, "card_more", "I'll talk to them")
    await w.card_of(erin, "<@U0AGENT001> is talking to them")
    await nothing_more(w)
    assert w.cards_of(erin) == [adopted]
