"""The kills at a card's post on PostgreSQL, where a dead process's work is taken up when its lease ran out."""

from pathlib import Path

import pytest

from sandbox.faults import Kind
from tests.journeys.faults.kills import KILLS, card_row, killed, let_leases_run_out, settled, subscriber
from tests.journeys.faults.test_killed_at_a_request import one_card_each, posting
from tests.journeys.world import world


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


async def test_lease_protects_a_dead_process(tmp_path: Path, postgres_url: str) -> None:
    async with world(tmp_path, database_url=postgres_url, settings={"REASON_WAIT": "0s"}) as w:
        first = subscriber(w, "Customer 1")
        async with killed(w, "slack", "chat.postMessage", "kill_after"):
            w.sandbox.stripe.portal_cancel(first, "too_expensive")
        left = card_row(w, first)
        await w.bot.start()
        w.sandbox.stripe.portal_cancel(subscriber(w, "Customer 2"), "too_expensive")
        await w.card("Customer 2", number=2)
        row = card_row(w, first)
        assert left is not None
        assert row is not None
        assert (row["state"], row["owner"], row["lease_until"]) == ("running", left["owner"], left["lease_until"])
        let_leases_run_out(w)
        await settled(w)
        assert len(w.cards) == 2
        row = card_row(w, first)
        assert row is not None
        assert row["place_ts"] == w.cards[0].ts
