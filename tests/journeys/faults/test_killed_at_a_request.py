"""The bot is killed with SIGKILL at each kind of request it makes, and started again: nothing is lost or doubled."""

from pathlib import Path

import pytest
from sqlalchemy import RowMapping

from sandbox.faults import Kind
from tests.bot.seen import answers
from tests.journeys.faults.kills import (
    KILLS,
    answered,
    card_row,
    inbox,
    killed,
    outbox,
    rounds,
    settled,
    state_of,
    stored,
    subscriber,
)
from tests.journeys.world import Json, World, said
from tests.lanes import ROUNDS

pytestmark = pytest.mark.timeout(60 + 60 * ROUNDS)

kills = pytest.mark.parametrize("kind", KILLS)


def posting(row: RowMapping, kind: Kind) -> None:
    """See that a message of unknown outcome is known as such, and one that was answered at the least."""
    if kind in {"kill_before", "kill_after"}:
        assert (row["state"], row["place_ts"]) == ("running", None)
        assert row["attempt_started_at"] is not None
    elif kind == "kill_replied":
        assert bool(row["attempt_started_at"]) != bool(row["place_ts"])


async def one_card_each(w: World, number: int) -> None:
    """See that the dead bot, started again, ends with one card for each of so many customers."""
    await w.bot.start()
    await w.card(f"Customer {number}", "too expensive", number=number)
    await settled(w)
    assert len(w.cards) == number
    assert all(f"Customer {each}" in said(card) for each, card in enumerate(w.cards, 1))
    assert answered(w) <= stored(w)


@kills
async def test_posting_a_card(tmp_path: Path, kind: Kind) -> None:
    async def once(w: World, number: int) -> str:
        subscription = subscriber(w, f"Customer {number}")
        async with killed(w, "slack", "chat.postMessage", kind):
            w.sandbox.stripe.portal_cancel(subscription, "too_expensive")
        row = card_row(w, subscription)
        assert row is not None
        posting(row, kind)
        if kind != "kill_within":
            assert len(w.cards) == number - (kind == "kill_before")
        await one_card_each(w, number)
        return state_of(row)

    await rounds(tmp_path, f"{kind} at a card's chat.postMessage", once)


@kills
async def test_editing_a_card(tmp_path: Path, kind: Kind) -> None:
    async def once(w: World, number: int) -> str:
        subscription = subscriber(w, f"Customer {number}")
        w.sandbox.stripe.portal_cancel(subscription, "too_expensive")
        card = await w.card("paid so far", number=number)
        await settled(w)
        async with killed(w, "slack", "chat.update", kind):
            w.sandbox.stripe.answer_survey(subscription, "too_expensive", "Fewer seats, please")
        row = card_row(w, subscription)
        assert row is not None
        assert (row["place_ts"], row["attempt_started_at"]) == (card.ts, None)
        if kind in {"kill_before", "kill_after"}:
            assert row["state"] == "running"
            assert row["shown"] < row["wanted"]
            assert ("Fewer seats" in said(w.cards[-1])) == (kind == "kill_after")
        await one_card_each(w, number)
        await w.card("Fewer seats", number=number)
        return state_of(row)

    await rounds(tmp_path, f"{kind} at a card's chat.update", once)


@kills
async def test_telling_of_a_comeback(tmp_path: Path, kind: Kind) -> None:
    async def once(w: World, number: int) -> str:
        subscription = subscriber(w, f"Customer {number}")
        w.sandbox.stripe.portal_cancel(subscription, "too_expensive")
        card = await w.card("paid so far", number=number)
        await settled(w)
        async with killed(w, "slack", "chat.postMessage", kind):
            w.sandbox.stripe.take_back(subscription)
        row = outbox(w, "post_return")[-1]
        posting(row, kind)
        if kind != "kill_within":
            assert len(w.sandbox.slack.replies(card)) == (kind != "kill_before")
        await w.bot.start()
        await w.until(lambda: w.sandbox.slack.replies(card))
        await one_card_each_and_one_reply(w, number)
        return state_of(row)

    await rounds(tmp_path, f"{kind} at a comeback's chat.postMessage", once)


async def one_card_each_and_one_reply(w: World, number: int) -> None:
    await settled(w)
    assert [len(w.sandbox.slack.replies(card)) for card in w.cards] == [1] * number
    assert answered(w) <= stored(w)


async def began(w: World, subscription: Json) -> None:
    """Wait till the event that the subscription began has been stored."""

    async def stored() -> bool:
        return bool(inbox(w, subscription))

    await w.seen(stored)


@kills
async def test_reading_the_subscription(tmp_path: Path, kind: Kind) -> None:
    async def once(w: World, number: int) -> str:
        subscription = subscriber(w, f"Customer {number}")
        await began(w, subscription)
        await settled(w)
        before = len(inbox(w, subscription))
        async with killed(w, "stripe", "/v1/subscriptions/{id}", kind):
            w.sandbox.stripe.portal_cancel(subscription, "too_expensive")
        row = card_row(w, subscription)
        if kind in {"kill_before", "kill_after"}:
            assert inbox(w, subscription)[before]["state"] == "running"
            assert row is None
        await one_card_each(w, number)
        return state_of(row)

    await rounds(tmp_path, f"{kind} at Stripe's GET /v1/subscriptions/{{id}}", once)


@kills
async def test_handing_an_email_over(tmp_path: Path, kind: Kind) -> None:
    """An email that may have been handed over is sent again: the same email, by its Message-ID and its link."""

    async def once(w: World, number: int) -> str:
        slack, mailbox = w.sandbox.slack, w.sandbox.mailbox
        address = f"customer.{number}@scully-mail.com"
        subscriber(w, f"Customer {number}")
        w.pass_time(minutes=2)  # agents may look up five customers a minute
        slack.reload("agent")
        await slack.command("agent", "support", "/portal-link", address)
        [answer] = await slack.wait_for(lambda: answers(slack, "agent"))
        async with killed(w, "smtp", "DATA", kind):
            await slack.click("agent", answer, "email_link")
        row = outbox(w, "email_link")[-1]
        if kind in {"kill_before", "kill_after"}:
            assert row["state"] == "running"
            assert row["attempt_started_at"] is not None
        if kind != "kill_within":
            assert len(mailbox.to(address)) == (kind != "kill_before")
        handed_over = len(mailbox.to(address))
        await w.bot.start()
        await settled(w)
        emails = mailbox.to(address)
        assert len(emails) == handed_over + (row["state"] != "done")
        assert len({(email.header("Message-ID"), email.text) for email in emails}) == 1
        return state_of(row)

    await rounds(tmp_path, f"{kind} at SMTP DATA", once)
