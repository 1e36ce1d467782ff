"""A poll stores what it finds as webhooks would have told it: the oldest event first, however many pages there are."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from flows.failures import Unavailable
from sandbox.server import Sandbox
from storage import tables
from storage.store import SqlStore
from tests.flows.events.harness import EventHarness, event_harness

PAGE = 100


@pytest.fixture
async def harness(sqlite_store: SqlStore, sandbox: Sandbox) -> AsyncIterator[EventHarness]:
    async with event_harness(sqlite_store, sandbox) as opened:
        await opened.flows.event_poller.poll(now=opened.now())  # what is renewed at this very moment
        yield opened


def happen(harness: EventHarness, many: int) -> list[str]:
    """Let so many events happen within a second or two; return their ids in order."""
    customer = harness.stripe.create_customer(email="dana@scully-mail.com")
    for number in range(many):
        harness.stripe.update_email(customer, f"dana{number}@scully-mail.com")
    return [event["id"] for event in harness.stripe.events[-many:]]


async def poll(harness: EventHarness) -> int:
    return await harness.flows.event_poller.poll(now=harness.now())


async def stored(harness: EventHarness, ids: list[str]) -> list[str]:
    """Return which of these are stored, in the order in which they are claimed."""
    row = tables.inbox.c
    async with harness.store._engine.connect() as connection:
        found = await connection.scalars(select(row.id).order_by(row.number))
        return [each for each in found if each in ids]


@pytest.mark.parametrize("many", [3, 2 * PAGE + 30])
async def test_oldest_is_stored_first(harness: EventHarness, many: int) -> None:
    ids = happen(harness, many)
    assert await poll(harness) == many
    assert await stored(harness, ids) == ids
    assert await poll(harness) == 0


async def test_what_is_known_on_newer_pages_is_left_out(harness: EventHarness) -> None:
    missed = happen(harness, 2)
    delivered = happen(harness, PAGE)
    for event in harness.stripe.events[-PAGE:]:
        await harness.receive(event)
    newest = happen(harness, 1)
    assert await poll(harness) == 3
    assert await stored(harness, [*missed, *newest]) == [*missed, *newest]
    assert await stored(harness, delivered) == delivered


async def test_poll_cut_short_begins_again(harness: EventHarness) -> None:
    ids = happen(harness, 2 * PAGE + 30)
    harness.sandbox.faults.add("stripe", "/v1/events", "slow", seconds=0, times=3)  # the walk back
    harness.sandbox.faults.add("stripe", "/v1/events", "status", status=500, times=None)
    with pytest.raises(Unavailable):
        await poll(harness)
    assert await stored(harness, ids) == ids[:30]
    harness.sandbox.faults.clear()
    assert await poll(harness) == 2 * PAGE
    assert await stored(harness, ids) == ids
