"""An event or an effect that can't be handled: all others go on, an admin is told once, a retry by hand helps."""

import json
import re
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import NullPool, insert

from flows.events.faults import LONGEST
from storage import tables
from storage.database.engine import database, make_engine
from tests.journeys.faults.kills import inbox, known, settled, subscriber
from tests.journeys.faults.troubles import cards_of, leaves, one_card, told_admin
from tests.journeys.world import World, world

ASIDE = re.compile(r"(evt_\w+)  set aside  customer\.subscription\.updated  3\d min old  Stripe refused to read .*")


@pytest.fixture
async def w(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[World]:
    """A bot of one test's own, on SQLite and on PostgreSQL."""
    settings = {"REASON_WAIT": "0s"}
    async with world(tmp_path_factory.mktemp("stuck"), settings=settings, database_url=database_url) as own:
        yield own


async def is_well(w: World) -> tuple[bool, str]:
    """Ask the operator's door whether a person has to see to something; return what it says of events set aside."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = (await client.get(f"http://127.0.0.1:{w.environment['ADMIN_PORT']}/statusz")).json()
    [sentence] = [check["sentence"] for check in answer["checks"] if check["name"] == "set-aside events"]
    return answer["well"], sentence


async def test_stuck_event_stops_no_other(w: World) -> None:
    subscription = subscriber(w, "Stella Stuck")
    await known(w, subscription)
    path = f"/v1/subscriptions/{subscription['id']}"
    w.sandbox.faults.add("stripe", path, "error", times=None, type="invalid_request_error", code="odd", status=400)
    w.sandbox.stripe.request_cancellation(subscription)
    await w.seen(lambda: _is_noted(w, subscription))
    leaves(w, "Nora Next")
    await w.until(lambda: cards_of(w, "Nora Next"))

    w.pass_time(seconds=LONGEST.total_seconds() + 60)
    await w.until(lambda: told_admin(w), patience=60)
    await settled(w)
    [alert] = told_admin(w)
    listed = await w.types("effects", "list")
    [line] = listed.lines
    aside = ASIDE.fullmatch(line)
    assert aside is not None, line
    assert f"`winback effects retry {aside[1]}`" in alert.text
    assert await is_well(w) == (False, "1; see `winback effects list`.")
    assert not cards_of(w, "Stella Stuck")

    w.sandbox.faults.clear()
    assert (await w.types("effects", "retry", aside[1])).lines == ["1 retried."]
    await one_card(w, "Stella Stuck")
    assert await is_well(w) == (True, "None.")
    assert len(told_admin(w)) == 1


async def _is_noted(w: World, subscription: dict[str, str]) -> bool:
    return any(row["fault"] for row in inbox(w, subscription))


async def test_damaged_effects_stop_no_other(w: World) -> None:
    await settled(w)
    with make_engine(database(w.environment["DATABASE_URL"]), pool=NullPool).begin() as connection:
        for kind, ids in (("show_card", "{"), ("show_card", json.dumps({"case": 7})), ("send_postcard", "{}")):
            now = w.sandbox.clock.now().replace(year=2025)
            values = {"kind": kind, "ids": ids, "lane": "slack", "state": "waiting", "due_at": now}
            counts = {"attempts": 0, "wanted": 1, "shown": 0}
            connection.execute(insert(tables.outbox).values(id=uuid4(), **values, **counts))
    leaves(w, "Nora Next")
    await one_card(w, "Nora Next")
    [alert] = told_admin(w)
    assert "damaged or written by another version" in alert.text
    listed = (await w.types("effects", "list")).lines
    assert [line.split("this version ")[1] for line in listed] == [
        "cannot read this effect (send_postcard)",
        "cannot read this effect (show_card)",
        "cannot read this effect (show_card)",
    ]
