"""What people wait for goes first: a new cancellation waits neither behind renewals nor for somebody's slow call."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jobs.drain_inbox import KEPT_FREE, SLOTS
from sandbox.stripe.ledger import DAY, Json
from tests.journeys.faults.kills import inbox, subscriber
from tests.journeys.portal_links.questions import ask, read
from tests.journeys.world import World, world

MANY = 4 * (SLOTS - KEPT_FREE)
A_FEW = 10


@pytest.fixture
async def quiet(tmp_path: Path) -> AsyncIterator[World]:
    """A world where Stripe tells only what is delivered by hand."""
    async with world(tmp_path, populated=False, settings={"REASON_WAIT": "0s"}) as w:
        w.sandbox.faults.add("stripe", "/v1/events", "status", status=503, times=None)
        w.sandbox.stripe.webhooks.mode = "held"
        yield w


async def deliver(w: World, event: Json) -> None:
    assert await w.sandbox.stripe.webhooks.deliver(event) == [200]


async def test_cancellation_goes_before_renewals_that_must_be_read(quiet: World) -> None:
    stripe, faults = quiet.sandbox.stripe, quiet.sandbox.faults
    subscriptions = [subscriber(quiet, f"Customer {number}") for number in range(MANY)]
    quiet.pass_time(seconds=31 * DAY)
    renewals = [event for event in stripe.webhooks.held if event["type"] == "customer.subscription.updated"]
    assert len(renewals) == MANY
    cancelled = subscriptions[-1]
    read = faults.add("stripe", f"/v1/subscriptions/{cancelled['id']}", "slow", seconds=0, times=None)
    held = faults.add("stripe", "/v1/subscriptions/{id}", "hold", times=None)
    for event in renewals[:-1]:
        await deliver(quiet, event)

    async def slots_are_taken() -> bool:
        return held.hits == SLOTS - KEPT_FREE

    await quiet.seen(slots_are_taken)
    stripe.request_cancellation(cancelled)
    await deliver(quiet, stripe.webhooks.held[-1])
    await read.reached()
    await quiet.until(lambda: quiet.cards_of(cancelled))
    assert held.hits == SLOTS - KEPT_FREE
    held.release()

    async def all_are_done() -> bool:
        return all(row["state"] == "done" for each in subscriptions for row in inbox(quiet, each))

    await quiet.seen(all_are_done)


async def test_slow_call_holds_nobody_elses(quiet: World) -> None:
    stripe = quiet.sandbox.stripe
    slow, *others = [subscriber(quiet, f"Customer {number}") for number in range(A_FEW)]
    held = quiet.sandbox.faults.add("stripe", f"/v1/subscriptions/{slow['id']}", "hold")
    for subscription in (slow, *others):
        stripe.request_cancellation(subscription)
        await deliver(quiet, stripe.webhooks.held[-1])
    await quiet.until(lambda: len(quiet.cards) == len(others), patience=60)
    assert quiet.cards_of(slow) == []
    held.release()
    await quiet.card_of(slow, " cancelled ")


async def test_nobody_who_waits_needs_a_slot(quiet: World) -> None:
    """Every slot waits for Stripe: a lookup is answered and a press is redrawn all the same."""
    stripe, slack = quiet.sandbox.stripe, quiet.sandbox.slack
    first, *others = [subscriber(quiet, f"Customer {number}") for number in range(SLOTS + 2)]
    stripe.request_cancellation(first)
    await deliver(quiet, stripe.webhooks.held[-1])
    card = await quiet.card_of(first, "paid so far")
    held = quiet.sandbox.faults.add("stripe", "/v1/subscriptions/{id}", "hold", times=None)
    for subscription in others:
        stripe.request_cancellation(subscription)
        await deliver(quiet, stripe.webhooks.held[-1])

    async def slots_are_taken() -> bool:
        return held.hits == SLOTS

    await quiet.seen(slots_are_taken)
    assert "Customer 1" in read(await ask(quiet, "customer.1@scully-mail.com"))
    await slack.choose("agent", card, "card_more", "I'll talk to them")
    await quiet.card_of(first, "<@U0AGENT001> is talking to them")
    assert held.hits == SLOTS
    held.release()


async def test_press_is_redrawn_while_a_new_card_is_held(quiet: World) -> None:
    """Slack is slow with one new card: the others wait for it in order, and edits overtake them all."""
    stripe, slack = quiet.sandbox.stripe, quiet.sandbox.slack
    first, *others = [subscriber(quiet, f"Customer {number}") for number in range(A_FEW)]
    stripe.request_cancellation(first)
    await deliver(quiet, stripe.webhooks.held[-1])
    card = await quiet.card_of(first, "paid so far")
    held = quiet.sandbox.faults.add("slack", "chat.postMessage", "hold")
    for number, subscription in enumerate(others):
        quiet.pass_time(seconds=1)
        stripe.request_cancellation(subscription)
        await deliver(quiet, stripe.webhooks.held[-1])
        if not number:
            await held.reached()

    async def all_are_known() -> bool:
        return all(row["state"] == "done" for each in others for row in inbox(quiet, each))

    await quiet.seen(all_are_known)
    await slack.choose("agent", card, "card_more", "I'll talk to them")
    await quiet.card_of(first, "<@U0AGENT001> is talking to them")
    assert len(quiet.cards) == 1
    held.release()
    await quiet.until(lambda: len(quiet.cards) == 1 + len(others), patience=60)
    in_order = [quiet.cards_of(subscription)[0].ts for subscription in others]
    assert in_order == sorted(in_order)
