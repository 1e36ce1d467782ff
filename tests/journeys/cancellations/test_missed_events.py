"""Events that weren't delivered are found, and what happened before the first start stays out."""

from pathlib import Path

import pytest

from sandbox.stripe.ledger import DAY
from tests.journeys.card_reader import head, nothing_more
from tests.journeys.subscriber import Subscriber, seeded
from tests.journeys.world import world

ALREADY_GOING = ("walt", "xena")
"""Asked to end within the thirty days before the bot, and end after its start."""
ALREADY_GONE = ("sven", "tara", "fred", "drew")


async def test_polling_finds_missed_webhooks(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        dana = seeded(w.sandbox, "dana")
        await w.kill()
        w.sandbox.stripe.webhooks.mode = "held"  # Stripe has given up on them
        async with Subscriber(w.sandbox, dana) as subscriber:
            await subscriber.cancel()
            await subscriber.answer("It’s too expensive")
        w.sandbox.stripe.webhooks.held.clear()
        w.sandbox.stripe.webhooks.mode = "automatic"

        await w.bot.start()
        w.pass_time(minutes=3)

        await w.card_of(dana, " cancelled Pro · ", "too expensive")
        await nothing_more(w)
        assert len(w.cards_of(dana)) == 1


@pytest.mark.parametrize("webhooks", [True, False], ids=["webhooks", "polling alone"])
async def test_first_start_posts_nothing_old(tmp_path: Path, *, webhooks: bool) -> None:
    async with world(tmp_path, webhooks=webhooks) as w:
        old = [seeded(w.sandbox, handle) for handle in (*ALREADY_GONE, *ALREADY_GOING)]
        told = {event["data"]["object"].get("id") for event in w.sandbox.stripe.events}
        assert {subscription["id"] for subscription in old[-2:]} <= told  # a poll could have found them
        await nothing_more(w)
        assert not w.cards

        last = max(subscription["cancel_at"] for subscription in old[-2:])
        w.pass_time(days=1 + (last - w.sandbox.stripe.ledger.now) / DAY)
        await nothing_more(w)
        assert {subscription["status"] for subscription in old} == {"canceled"}

        dana = seeded(w.sandbox, "dana")
        w.sandbox.stripe.portal_cancel(dana, "unused")
        await nothing_more(w)
        assert " cancelled Pro · " in head(await w.card_of(dana, "doesn't use it enough"))
        assert not [card for subscription in old for card in w.cards_of(subscription)]
