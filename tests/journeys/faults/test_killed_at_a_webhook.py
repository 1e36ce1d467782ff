"""The bot is killed while Stripe delivers an event: what was answered 200 is stored, what was not comes again."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.journeys.faults.kills import answered, card_row, dead, inbox, rounds, settled, state_of, stored, subscriber
from tests.journeys.faults.test_killed_at_a_request import one_card_each
from tests.journeys.world import Json, World
from tests.lanes import ROUNDS

pytestmark = pytest.mark.timeout(60 + 60 * ROUNDS)


async def test_killed_after_the_answer(tmp_path: Path) -> None:
    async def once(w: World, number: int) -> str:
        stripe = w.sandbox.stripe
        subscription = subscriber(w, f"Customer {number}")
        await stripe.webhooks.settled()
        await settled(w)
        before = len(inbox(w, subscription))
        w.sandbox.faults.add("stripe", "/v1/subscriptions/{id}", "hold")  # nothing can follow from the event yet
        stripe.webhooks.mode = "held"
        stripe.request_cancellation(subscription)
        [event] = stripe.webhooks.held
        assert await stripe.webhooks.deliver(event) == [200]
        await w.kill()
        [row] = inbox(w, subscription)[before:]
        assert row["id"] == event["id"]
        assert row["state"] in {"waiting", "running"}
        assert card_row(w, subscription) is None
        assert len(w.cards) == number - 1
        w.sandbox.faults.clear()
        stripe.webhooks.held.clear()
        stripe.webhooks.mode = "automatic"
        stripe.answer_survey(subscription, "too_expensive")
        await one_card_each(w, number)
        return f"event stored, {row['state']}"

    await rounds(tmp_path, "kill after a webhook's 200", once)


@pytest.mark.parametrize("within", [0, 50])
async def test_on_the_way(tmp_path: Path, within: int) -> None:
    """Killed as the delivery begins, and at random so many milliseconds later."""

    async def once(w: World, number: int) -> str:
        stripe = w.sandbox.stripe
        subscription = subscriber(w, f"Customer {number}")
        await stripe.webhooks.settled()
        await settled(w)
        before = stored(w)

        def kill(event: Json) -> None:
            stripe.webhooks.observers.remove(kill)
            asyncio.get_running_loop().call_later(random.uniform(0, within / 1000), w.bot.kill)

        stripe.webhooks.observers.append(kill)
        stripe.portal_cancel(subscription, "too_expensive")
        await dead(w)
        assert answered(w) <= stored(w)
        row, new = card_row(w, subscription), stored(w) - before
        await one_card_each(w, number)
        await stripe.webhooks.settled()
        assert answered(w) <= stored(w)
        return f"{len(new)} of 2 events stored; {state_of(row)}"

    await rounds(tmp_path, f"kill within {within} ms of a webhook", once)
