"""Three processes on one database, and what may happen to any of them: each thing is done once, in order, and soon."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from itertools import combinations
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from flows.failures import DatabaseUnavailable
from flows.outbox.dispatcher import SETTLE_TIME
from sandbox.slack.messages import Message
from storage import tables
from tests.journeys.faults.cluster import Cluster, cluster
from tests.journeys.faults.kills import outbox, read
from tests.journeys.winback.test_killed import made_for, settle_by_a_person
from tests.journeys.winback.winback import APPROVE, address_of, joins, proposals
from tests.journeys.world import Json, World, said
from tests.lanes import LANE, SEED

AT_ONCE = 2
"""Customers who leave as something happens."""
EACH = 1.5
"""Seconds that a message takes in its channel, with what leads to it."""
SECOND = 1000  # ms
SHORT = 3.0
ROUNDS = 20 if LANE == "soak" else 1

Trouble = Callable[[Cluster], Coroutine[Any, Any, None]]

TROUBLES: dict[str, Trouble] = {
    "first killed": lambda c: c.kill(0),
    "second killed": lambda c: c.kill(1),
    "third killed": lambda c: c.kill(2),
    "database restarted": lambda c: c.restart_database(),
    "poster stopped": lambda c: c.stop_poster(max(c.lease, SHORT + 1)),
    "connections dropped": lambda c: c.drop_connections(),
}


@pytest.mark.timeout(120 + 120 * ROUNDS)
async def test_three_processes(tmp_path: Path) -> None:
    chance = random.Random(SEED if LANE == "soak" else 0)  # `make test` draws the same moments each time
    async with cluster(tmp_path, lease=SHORT) as c:
        for number in range(ROUNDS):
            await round_of(c, number, chance)


@pytest.mark.timeout(900)
async def test_three_processes_with_real_leases(tmp_path: Path) -> None:
    async with cluster(tmp_path, lease=None) as c:
        await round_of(c, 0, random.Random(SEED))


async def round_of(c: Cluster, number: int, chance: random.Random) -> None:
    """Let everything happen once, each time while some customers leave, and print how long what followed took."""
    w = c.world
    for what, happen in TROUBLES.items():
        names = [f"{what} {number} {each}".title() for each in range(AT_ONCE)]
        began = monotonic()
        left = [leaves(w, names[0])]
        await asyncio.sleep(0.5 + 2 * chance.random())
        left += [leaves(w, name) for name in names[1:]]
        during = asyncio.create_task(happen(c))
        approving = asyncio.create_task(approve_all(w, names))
        await during
        await approving
        await at_rest(w)
        took = monotonic() - began
        print(f"round {number}: {what}: all done after {took:.1f} s")  # noqa: T201  # the soak's figures
        for name, subscription in zip(names, left, strict=True):
            await settle_by_a_person(w, subscription)
            assert len(w.cards_of(subscription)) == 1, name
            assert len(w.sandbox.mailbox.to(address_of(name))) == 1, name
            assert made_for(w, subscription) == [1, 1], name
        in_order(w)
        if LANE != "soak":
            continue  # how long it takes is the machine's affair while other tests run
        longest = 3 * c.lease if what != "poster stopped" else c.lease
        assert took < longest + c.lease + SETTLE_TIME.total_seconds() + 4 * AT_ONCE * EACH + 10, what


def leaves(w: World, name: str) -> Json:
    """Let somebody cancel at once, so that an offer is proposed at once."""
    subscription = joins(w, name)
    w.sandbox.stripe.portal_cancel(subscription, "too_expensive")
    w.sandbox.stripe.cancel_now(subscription)
    return subscription


async def approve_all(w: World, names: list[str]) -> None:
    """Approve each proposal, pressing again where a process died with the press."""
    for name in names:
        while not (found := await waiting_for(w, name)):
            await w.sandbox.slack.changed()
        while "Approve & send" in said(found):
            await w.sandbox.slack.click("manager", found, APPROVE)
            try:
                await w.until(lambda found=found: "Approve & send" not in said(found), patience=5)  # type: ignore[misc]  # bound
            except TimeoutError:
                continue


async def waiting_for(w: World, name: str) -> Message | None:
    return next((each for each in proposals(w) if name in said(each) and "Decide by" in said(each)), None)


async def at_rest(w: World) -> None:
    """Wait till nothing is due in the database, which may be away for a moment."""
    async with asyncio.timeout(150):
        while await asyncio.to_thread(_open, w):  # noqa: ASYNC110  # the database tells nobody
            await asyncio.sleep(0.1)


def _open(w: World) -> bool:
    now, row = w.sandbox.clock.now(), tables.outbox.c
    open_ = ["waiting", "running"]
    try:
        events = read(w, select(tables.inbox.c.id).where(tables.inbox.c.state.in_(open_)))
        return bool(events or read(w, select(row.id).where(row.state.in_(open_), row.due_at <= now)))
    except (psycopg.Error, DatabaseUnavailable):
        return True


def in_order(w: World) -> None:
    """See that new messages came into each channel in the order in which they were asked for.

    What is asked for within a second may be committed in either order.
    """
    for kind in ("show_card", "show_proposal"):
        posted = [(row["id"].int >> 80, row["place_ts"]) for row in outbox(w, kind) if row["place_ts"]]  # UUIDv7: ms
        for (asked, ts), (asked_later, later_ts) in combinations(sorted(posted), 2):
            assert ts < later_ts or asked_later - asked < SECOND, kind
