"""The kills at a card's post on PostgreSQL, where a dead process's work is taken up when its lease ran out."""

from functools import partial
from pathlib import Path

import pytest

from sandbox.faults import Kind
from tests.journeys.faults.kills import KILLS, card_row, inbox, killed, let_leases_run_out, settled, subscriber
from tests.journeys.faults.test_killed_at_a_request import one_card_each, posting
from tests.journeys.world import Json, World, world


@pytest.mark.parametrize("kind", KILLS)
async def test_posting_a_card(tmp_path: Path, postgres_url: str, kind: Kind) -> None:
    async with world(tmp_path, database_url=postgres_url, settings={"REASON_WAIT": "0s"}) as w:
        subscription = subscriber(w, "Customer 1")
        async with killed(w, "slack", "chat.postMessage", kind):
            w.sandbox.stripe.portal_cancel(subscription, "too_expensive")
        row = card_row(w, subscription)
        assert row is not None
        posting(row, kind)
        if kind != "kill_within":
            assert len(w.cards) == (kind != "kill_before")
        let_leases_run_out(w)
        await one_card_each(w, 1)


async def test_posts_wait_for_a_dead_process_and_its_lease(tmp_path: Path, postgres_url: str) -> None:
    async with world(tmp_path, database_url=postgres_url, settings={"REASON_WAIT": "0s"}) as w:
        first = subscriber(w, "Customer 1")
        async with killed(w, "slack", "chat.postMessage", "kill_after"):
            w.sandbox.stripe.portal_cancel(first, "too_expensive")
        left = card_row(w, first)
        await w.bot.start()
        second = subscriber(w, "Customer 2")
        w.sandbox.stripe.portal_cancel(second, "too_expensive")
        await w.sandbox.stripe.webhooks.settled()
        await w.seen(partial(is_handled, w, second))
        row = card_row(w, first)
        assert left is not None
        assert row is not None
        assert (row["state"], row["owner"], row["lease_until"]) == ("running", left["owner"], left["lease_until"])
        waiting = card_row(w, second)
        assert waiting is not None
        assert (waiting["state"], waiting["place_ts"]) == ("waiting", None)  # it would come before the first
        let_leases_run_out(w)
        await w.card("Customer 2", number=2)
        await settled(w)
        assert len(w.cards) == 2
        row = card_row(w, first)
        assert row is not None
        assert row["place_ts"] == w.cards[0].ts


async def is_handled(w: World, subscription: Json) -> bool:
    """Return whether all events of a subscription are handled."""
    return all(row["state"] == "done" for row in inbox(w, subscription))
