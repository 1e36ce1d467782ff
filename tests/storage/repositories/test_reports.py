"""What the reports add up: whose cases are counted again, and that no change is missed while others are counted."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.cancellations.stored_case import Case
from domain.ids import PersonId, StaffId
from flows.ports.store import UnitOfWork
from flows.winback.results.report import CaseCounting
from storage.store import SqlStore
from tests.storage.offers import offer_of, outcome, proposal
from tests.storage.persons import keys
from tests.storage.samples import NOW, add_case, case, new_id, subscription

DAY = timedelta(days=1)
Change = Callable[[UnitOfWork, Case], Awaitable[None]]


async def kept(unit: UnitOfWork, known: Case) -> None:
    await unit.cases.save(replace(known, owner=StaffId("U1"), owned_at=NOW))


async def read_anew(unit: UnitOfWork, known: Case) -> None:
    row = subscription(known.person_id)
    assert row.facts is not None
    changed = replace(row, facts=replace(row.facts, status="canceled"), version=2)
    await unit.observations.save_row(changed, expected_version=1)


async def subscribed_again(unit: UnitOfWork, known: Case) -> None:
    await unit.observations.save_row(subscription(known.person_id, name="sub_2"), expected_version=0)


async def proposed(unit: UnitOfWork, known: Case) -> None:
    await unit.proposals.add(proposal(known))


async def offered(unit: UnitOfWork, known: Case) -> None:
    made = proposal(known)
    await unit.proposals.add(made)
    await unit.reports.take_changed(limit=10)
    await unit.offers.add(offer_of(made))


async def offer_dropped(unit: UnitOfWork, known: Case) -> None:
    made = proposal(known)
    await unit.proposals.add(made)
    offer = offer_of(made)
    await unit.offers.add(offer)
    await unit.reports.take_changed(limit=10)
    await unit.offers.drop(offer.id)


async def came_back(unit: UnitOfWork, known: Case) -> None:
    await unit.outcomes.save(outcome(known))


async def left_again(unit: UnitOfWork, known: Case) -> None:
    await unit.outcomes.save(outcome(known))
    await unit.reports.take_changed(limit=10)
    await unit.outcomes.remove(known.id)


async def drawn(unit: UnitOfWork, known: Case) -> None:
    await unit.people.draw_holdout(known.person_id, drawn=True)


async def merged(unit: UnitOfWork, known: Case) -> None:
    await unit.people.identify(keys("cus_9"), new_id=PersonId(new_id()), now=NOW - DAY)
    await unit.people.identify([*keys("cus_1"), *keys("cus_9")], new_id=PersonId(new_id()), now=NOW)


@pytest.mark.parametrize(
    "change",
    [kept, read_anew, subscribed_again, proposed, offered, offer_dropped, came_back, left_again, drawn, merged],
)
async def test_whoever_changes_is_counted_again(store: SqlStore, change: Change) -> None:
    known = await add_case(store)
    await CaseCounting(store).catch_up()
    async with store.begin() as unit:
        assert not await unit.reports.has_changes()
        await change(unit, known)
        person = await unit.people.find(keys("cus_1"))
        assert person in await unit.reports.take_changed(limit=10)


async def test_a_read_that_brings_nothing_new_changes_nothing(store: SqlStore) -> None:
    known = await add_case(store)
    await CaseCounting(store).catch_up()
    async with store.begin() as unit:
        await unit.observations.save_row(replace(subscription(known.person_id), version=2), expected_version=1)
        assert not await unit.reports.has_changes()


async def test_a_change_while_others_are_counted_is_not_missed(store: SqlStore) -> None:
    known = await add_case(store)

    async def silence() -> None:  # on SQLite it waits for the writer, on PostgreSQL it is committed meanwhile
        async with store.begin() as unit:
            await unit.cases.save(replace(known, silent=True))
            await unit.commit()

    counting = CaseCounting(store)
    async with store.begin() as unit:
        people = await unit.reports.take_changed(limit=10)
        silenced = asyncio.create_task(silence())
        await asyncio.wait({silenced}, timeout=0.2)
        await unit.reports.replace(people, [])
        await unit.commit()
    await silenced
    async with store.read() as unit:
        assert await unit.reports.has_changes()
    await counting.catch_up()
    assert await counted(store) == 0


async def test_several_count_at_once(store: SqlStore) -> None:
    """Each change is counted by one of them, and no sum is off."""
    await add_case(store)
    async with store.begin() as unit:
        for number in range(60):
            person = await unit.people.identify(keys(f"cus_of_{number}"), new_id=PersonId(new_id()), now=NOW)
            await unit.observations.save_row(subscription(person, name=f"sub_of_{number}"), expected_version=0)
            await unit.cases.add(case(person, subscription_id=f"sub_of_{number}"))
        await unit.commit()
    await asyncio.gather(*(CaseCounting(store).catch_up() for _ in range(3)))
    assert await counted(store) == 61


async def counted(store: SqlStore) -> int:
    async with store.read() as unit:
        groups = await unit.reports.groups(since=NOW - 2 * DAY, until=NOW + 2 * DAY)
    return sum(each.counts.cases for each in groups)
