"""The bot is told to stop (SIGTERM) in the middle of something: it finishes, gives back what it held, and ends well."""

import asyncio
from pathlib import Path

from tests.journeys.faults.kills import card_row, inbox
from tests.journeys.faults.troubles import cards_of, leaves, met, one_card
from tests.journeys.world import World, world


async def test_what_runs_is_finished(tmp_path: Path) -> None:
    async with world(tmp_path, settings={"REASON_WAIT": "0s"}) as w:
        held = w.sandbox.faults.add("slack", "chat.postMessage", "hold")
        subscription = leaves(w, "Sam Stopped")
        await met(held)
        stopping = asyncio.create_task(w.bot.stop())
        await w.seen(lambda: closed(w))
        held.release()
        assert await stopping == 0
        row = card_row(w, subscription)
        assert row is not None
        assert row["place_ts"] == cards_of(w, "Sam Stopped")[0].ts
        assert row["owner"] is None
        await w.bot.start()
        await one_card(w, "Sam Stopped")


async def closed(w: World) -> bool:
    """Return whether the public port accepts no more connections."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", int(w.environment["PORT"]))
    except OSError:
        return True
    writer.close()
    return False


async def test_slow_work_is_released_at_stop(tmp_path: Path) -> None:
    async with world(tmp_path, settings={"REASON_WAIT": "0s"}) as w:
        held = w.sandbox.faults.add("slack", "chat.postMessage", "hold")
        reading = w.sandbox.faults.add("stripe", "/v1/invoices", "hold")
        subscription = leaves(w, "Hank Held")
        await met(held)
        await met(reading)
        async with asyncio.timeout(15):
            assert await w.bot.stop() == 0
        row = card_row(w, subscription)
        assert row is not None
        assert (row["state"], row["owner"]) == ("waiting", None)
        assert row["attempt_started_at"]
        assert "running" not in {event["state"] for event in inbox(w, subscription)}
        held.release()
        reading.release()
        await w.bot.start()
        await one_card(w, "Hank Held")
