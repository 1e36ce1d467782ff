"""Slack, Stripe and the database are gone, and then the bot is told to stop: it still ends within ten seconds."""

import asyncio
from pathlib import Path
from time import monotonic

import pytest

from bot.cli.in_sandbox import SHORT_LEASE
from tests.databases import fresh_database
from tests.journeys.faults.cluster import Proxy, proxied
from tests.journeys.faults.troubles import leaves, one_card
from tests.journeys.world import World, world
from tests.lanes import LANE

LASTS = 600.0 if LANE == "soak" else 12.0
"""Seconds; in `make test` longer than the bot waits for an answer, so that all has failed and is tried again."""


@pytest.mark.timeout(150 + 2 * LASTS)
async def test_stops_in_an_outage(tmp_path: Path, postgres: str) -> None:
    """Once everything is silent, once it refuses: both at the same time, since they mostly wait."""
    with fresh_database(postgres) as first, fresh_database(postgres) as second:
        places = [tmp_path / "silent", tmp_path / "refused"]
        for place in places:
            place.mkdir()
        await asyncio.gather(outage(places[0], first), outage(places[1], second))


async def outage(directory: Path, database_url: str) -> None:
    how = directory.name
    async with (
        proxied(database_url) as (proxy, url),
        world(directory, database_url=database_url, start=False, settings={"REASON_WAIT": "0s"}) as w,
    ):
        w.bot.environment = w.environment | {"DATABASE_URL": url, SHORT_LEASE: "3"}
        await w.bot.start()
        leaves(w, "Olga Outage")
        await lose_everything(w, proxy, how)
        await asyncio.sleep(LASTS)

        began = monotonic()
        status = await w.bot.stop()
        took = monotonic() - began
        print(f"{how} for {LASTS:.0f} s: ended {took:.1f} s after SIGTERM")  # noqa: T201  # the soak's figures
        assert (status, took < 10) == (0, True), took

        w.sandbox.faults.clear()
        proxy.open.set()
        proxy.refuses = False
        await w.bot.start()
        await one_card(w, "Olga Outage", patience=60)


async def lose_everything(w: World, proxy: Proxy, how: str) -> None:
    """Let Slack, Stripe and the database answer nothing any more, or refuse every request."""
    kind = "hold" if how == "silent" else "drop_before"
    for side in ("slack", "stripe"):
        w.sandbox.faults.add(side, "*", kind, times=None)  # type: ignore[arg-type]  # both are sides
    await w.sandbox.slack.deliveries.sockets.close()
    if how == "silent":
        proxy.open.clear()
    else:
        proxy.refuses = True
        proxy.drop()
