"""The inbox: events are handled oldest first, never two of one subscription at once."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.ids import EventId
from storage.store import SqlStore
from tests.databases import KEYRING
from tests.storage.samples import NOW, event, new_id

LEASE = timedelta(seconds=30)
ME, OTHER = UUID(int=1), UUID(int=2)


async def add(store: SqlStore, *subjects: str | None) -> None:
    async with store.begin() as unit:
        events = [event(number, subject=subject) for number, subject in enumerate(subjects)]
        assert await unit.inbox.add(events, received_at=NOW) == len(events)
        assert await unit.inbox.add(events, received_at=NOW) == 0
        await unit.commit()


async def claim(store: SqlStore, owner: UUID = ME, *, wall: datetime = NOW, limit: int = 10) -> list[str]:
    async with store.begin() as unit:
        rows = await unit.inbox.claim(owner=owner, wall=wall, lease=LEASE, limit=limit)
        await unit.commit()
    return [row.event.id for row in rows]


async def finish(store: SqlStore, event_id: str) -> None:
    async with store.begin() as unit:
        await unit.inbox.finish(EventId(event_id))
        await unit.commit()


async def test_an_event_comes_back_as_it_was_stored(store: SqlStore) -> None:
    await add(store, "sub_1")
    async with store.begin() as unit:
        [row] = await unit.inbox.claim(owner=ME, wall=NOW, lease=LEASE, limit=1)
        assert row.event == event(0, subject="sub_1")
        assert row.attempts == 1
        assert await unit.inbox.newest() == NOW


async def test_one_subscription_runs_in_order(store: SqlStore) -> None:
    await add(store, "sub_1", "sub_1", "sub_2", None, None)
    assert await claim(store) == ["evt_0", "evt_2", "evt_3", "evt_4"]
    assert await claim(store, OTHER) == []
    await finish(store, "evt_0")
    assert await claim(store, OTHER) == ["evt_1"]


async def test_cancellation_is_claimed_before_a_thousand_renewals(store: SqlStore) -> None:
    """Half of the renewals are still to be looked at, the others must be read at Stripe."""
    renewals = [replace(event(number, subject=f"sub_{number}"), routine=True) for number in range(1000)]
    async with store.begin() as unit:
        for first in range(0, 1000, 100):
            await unit.inbox.add(renewals[first : first + 100], received_at=NOW)
        await unit.inbox.have_read([each.id for each in renewals[:500]])
        await unit.inbox.add([event(1000, subject="sub_cancelled")], received_at=NOW)
        await unit.commit()
    assert await claim(store, limit=2) == ["evt_1000", "evt_0"]


async def test_the_oldest_unfinished_event_about_something_is_told(store: SqlStore) -> None:
    await add(store, "cus_1", "cus_1", "cus_2")
    async with store.begin() as unit:
        assert await unit.inbox.unfinished_since("cus_1") == event(0).created_at
        await unit.inbox.finish(EventId("evt_0"))
        assert await unit.inbox.unfinished_since("cus_1") == event(1).created_at
        await unit.inbox.finish(EventId("evt_1"))
        assert await unit.inbox.unfinished_since("cus_1") is None


async def test_retrying_event_lets_others_pass(store: SqlStore) -> None:
    await add(store, "sub_1", "sub_1")
    await claim(store)
    async with store.begin() as unit:
        await unit.inbox.retry(EventId("evt_0"), at=NOW + LEASE, fault="Stripe is away", failing_since=NOW)
        await unit.commit()
    assert await claim(store) == ["evt_1"]
    assert await claim(store, OTHER, wall=NOW + LEASE) == ["evt_0"]
    async with store.read() as unit:
        assert await unit.inbox.backlog() == 2


async def test_an_event_set_aside_waits_for_a_person(store: SqlStore) -> None:
    await add(store, "sub_1", "sub_1")
    async with store.begin() as unit:
        await unit.inbox.set_aside(EventId("evt_0"), fault="KeyError")
        await unit.commit()
    assert await claim(store) == ["evt_1"]
    async with store.read() as unit:
        (aside,) = await unit.inbox.listed_aside(limit=10)
        assert (aside.id, aside.fault, aside.received_at) == ("evt_0", "KeyError", NOW)
        assert (await unit.inbox.count_aside(), await unit.inbox.backlog()) == (1, 1)
    await finish(store, "evt_1")
    async with store.begin() as unit:
        assert await unit.inbox.try_again(EventId("evt_0"))
        assert not await unit.inbox.try_again(EventId("evt_1"))
        (again,) = await unit.inbox.claim(owner=ME, wall=NOW, lease=LEASE, limit=1)
        assert (again.event.id, again.attempts, again.failing_since) == ("evt_0", 1, None)


async def test_renewed_lease_runs_on(store: SqlStore) -> None:
    await add(store, "sub_1", "sub_2")
    assert await claim(store) == ["evt_0", "evt_1"]
    async with store.begin() as unit:
        await unit.inbox.renew([EventId("evt_0")], owner=ME, until=NOW + 2 * LEASE)
        await unit.inbox.renew([EventId("evt_1")], owner=OTHER, until=NOW + 2 * LEASE)
        await unit.commit()
    assert await claim(store, OTHER, wall=NOW + LEASE) == ["evt_1"]
    assert await claim(store, OTHER, wall=NOW + 2 * LEASE) == ["evt_0", "evt_1"]


async def test_a_lease_that_ran_out_is_claimed_again(store: SqlStore) -> None:
    await add(store, "sub_1", "sub_1")
    assert await claim(store) == ["evt_0"]
    assert await claim(store, OTHER, wall=NOW + LEASE - timedelta(microseconds=1)) == []
    assert await claim(store, OTHER, wall=NOW + LEASE) == ["evt_0"]


async def test_a_worker_that_stops_gives_its_leases_back(store: SqlStore) -> None:
    await add(store, "sub_1", "sub_2")
    assert await claim(store, limit=1) == ["evt_0"]
    assert await claim(store, OTHER) == ["evt_1"]
    async with store.begin() as unit:
        await unit.inbox.give_back(owner=ME)
        await unit.commit()
    assert await claim(store, OTHER) == ["evt_0"]
    async with store.begin() as unit:
        await unit.inbox.give_back(owner=None)
        await unit.commit()
    assert await claim(store) == ["evt_0", "evt_1"]


async def test_workers_share_no_subscription(store: SqlStore, database_url: str) -> None:
    """Twelve workers of two processes drain sixty events of five subscriptions."""
    other = SqlStore(database_url, keyring=KEYRING, new_id=new_id)
    await add(store, *(f"sub_{number % 5}" for number in range(60)))
    held: set[str] = set()
    done: list[str] = []

    async def work(store: SqlStore) -> None:
        while len(done) < 60:
            async with store.begin() as unit:
                rows = await unit.inbox.claim(owner=new_id(), wall=NOW, lease=LEASE, limit=2)
                await unit.commit()
            for row in rows:
                assert row.event.subject is not None
                assert row.event.subject not in held
                held.add(row.event.subject)
            await asyncio.sleep(0)  # others may claim while these are held
            for row in rows:
                assert row.event.subject is not None
                held.remove(row.event.subject)
                await finish(store, row.event.id)
                done.append(row.event.id)

    await asyncio.gather(*(work(each) for each in [store, other] * 6))
    await other.close()
    assert len(done) == len(set(done)) == 60
