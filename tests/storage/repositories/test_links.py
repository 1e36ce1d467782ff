"""Portal links: every use is counted once, even if several happen at the same moment."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from domain.billing.portal_access import Purpose
from domain.ids import CustomerId, LinkId, LookupId, StaffId, SubscriptionId
from flows.ports.store import LinkRow, LookupRow, ReturnRow
from storage.store import SqlStore
from tests.storage.samples import NOW, new_id

HOUR = timedelta(hours=1)
AGENT = StaffId("U1")


def link(*, openings: int = 2, made_at: timedelta = timedelta()) -> LinkRow:
    return LinkRow(
        id=LinkId(new_id()),
        token_digest=new_id().hex,
        key_id="0badcafe",
        customer_id=CustomerId("cus_1"),
        purpose=Purpose.CARD,
        subscription_id=SubscriptionId("sub_1"),
        channel="shown",
        made_by=AGENT,
        made_at=NOW + made_at,
        expires_at=NOW + HOUR,
        openings=openings,
        openings_left=openings,
        needs_code=True,
        code_number=0,
        code_expires_at=None,
        code_tries_left=0,
        revoked_at=None,
        revoked_by=None,
    )


def question(*, at: timedelta = timedelta(), by: StaffId = AGENT) -> LookupRow:
    return LookupRow(
        id=LookupId(new_id()),
        staff_id=by,
        at=NOW + at,
        typed="dana@example.com",
        purpose=Purpose.HOME,
        ticket="#7",
        found=(),
        subscription_id=None,
    )


async def add(store: SqlStore, *rows: LinkRow) -> None:
    async with store.begin() as unit:
        for row in rows:
            await unit.links.add(row)
        await unit.commit()


async def test_link_is_found_in_three_ways(store: SqlStore) -> None:
    older, newer = link(made_at=-HOUR), link()
    await add(store, older, newer)
    async with store.read() as unit:
        assert await unit.links.get(older.id) == older
        assert await unit.links.by_digest(newer.token_digest) == newer
        assert await unit.links.by_digest("unknown") is None
        assert await unit.links.of_staff(AGENT, since=NOW - HOUR) == [newer, older]
        assert await unit.links.of_staff(AGENT, since=NOW) == [newer]
        assert await unit.links.of_staff(StaffId("U2"), since=NOW - HOUR) == []
    assert await store.key_ids_in_use() == {"0badcafe"}


async def test_ten_who_open_at_once_share_the_openings(store: SqlStore) -> None:
    row = link(openings=3)
    await add(store, row)

    async def open_it() -> bool:
        async with store.begin() as unit:
            opened = await unit.links.use_opening(row.id, now=NOW)
            await unit.commit()
        return opened

    assert sum(await asyncio.gather(*(open_it() for _ in range(10)))) == 3


async def test_a_link_opens_only_while_it_is_good(store: SqlStore) -> None:
    row, revoked = link(), link()
    await add(store, row, revoked)
    async with store.begin() as unit:
        assert not await unit.links.use_opening(row.id, now=NOW + HOUR)
        assert await unit.links.revoke(revoked.id, by=AGENT, at=NOW)
        assert not await unit.links.revoke(revoked.id, by=AGENT, at=NOW)
        assert not await unit.links.use_opening(revoked.id, now=NOW)
        assert await unit.links.use_opening(row.id, now=NOW)
        await unit.links.give_back_opening(row.id)
        await unit.links.give_back_opening(row.id)
        found = await unit.links.get(row.id)
    assert found == row


async def test_a_code_begins_once_and_its_tries_run_out(store: SqlStore) -> None:
    row = link()
    await add(store, row)
    async with store.begin() as unit:
        assert not await unit.links.use_try(row.id)
        assert await unit.links.next_code(row.id, expected_number=0, expires_at=NOW + HOUR, tries=2)
        assert not await unit.links.next_code(row.id, expected_number=0, expires_at=NOW + HOUR, tries=2)
        assert [await unit.links.use_try(row.id) for _ in range(3)] == [True, True, False]
        found = await unit.links.get(row.id)
        assert found == replace(row, code_number=1, code_expires_at=NOW + HOUR, code_tries_left=0)
        await unit.links.give_back_try(row.id)
        assert await unit.links.use_try(row.id)
        assert await unit.links.next_code(row.id, expected_number=1, expires_at=NOW + HOUR, tries=2)


async def test_a_way_back_is_noted_at_most_once_a_minute(store: SqlStore) -> None:
    minute = timedelta(minutes=1)
    row = ReturnRow(
        id=LinkId(new_id()), token_digest="digest", customer_id=CustomerId("cus_1"), made_at=NOW, read_at=None
    )
    async with store.begin() as unit:
        await unit.links.add_return(row)
        assert await unit.links.return_by_digest("digest") == row
        assert await unit.links.return_by_digest("other") is None
        assert await unit.links.record_return(row.id, now=NOW, not_since=NOW - minute)
        assert not await unit.links.record_return(row.id, now=NOW + minute / 2, not_since=NOW - minute / 2)
        assert await unit.links.record_return(row.id, now=NOW + 2 * minute, not_since=NOW + minute)
        assert await unit.links.return_by_digest("digest") == replace(row, read_at=NOW + 2 * minute)


async def test_questions_are_counted_and_kept_for_a_day(store: SqlStore) -> None:
    old, fresh, others = question(at=-HOUR), question(), question(by=StaffId("U2"))
    async with store.begin() as unit:
        for row in (old, fresh, others):
            await unit.lookups.add(row)
        assert await unit.lookups.count(AGENT, now=NOW, span=HOUR) == 2
        assert await unit.lookups.count(AGENT, now=NOW, span=HOUR / 2) == 1
        await unit.lookups.save(replace(fresh, found=(CustomerId("cus_2"),), subscription_id=SubscriptionId("sub_2")))
        found = await unit.lookups.get(fresh.id)
        assert found == replace(fresh, found=(CustomerId("cus_2"),), subscription_id=SubscriptionId("sub_2"))
        await unit.lookups.prune(before=NOW - HOUR + timedelta(seconds=1))
        assert await unit.lookups.oldest() == NOW
        assert await unit.lookups.get(old.id) is None
        assert await unit.lookups.get(fresh.id) is not None


async def test_same_customer_counts_once_a_day(store: SqlStore) -> None:
    first, again, third, nobody, nobody_again = (question(at=timedelta(minutes=each)) for each in range(-5, 0))
    async with store.begin() as unit:
        for row in (first, again, third):
            await unit.lookups.add(row)
            await unit.lookups.save(replace(row, found=(CustomerId("cus_1"),), typed="cus_1"))
        for row in (nobody, nobody_again):
            await unit.lookups.add(row)
        assert await unit.lookups.count(AGENT, now=NOW, span=HOUR) == 3
        assert await unit.lookups.count(AGENT, now=NOW, span=timedelta(minutes=2, seconds=30)) == 2
        assert await unit.lookups.is_repeat(replace(question(), typed="cus_1"))
        assert not await unit.lookups.is_repeat(replace(question(at=timedelta(days=1)), typed="cus_1"))
        assert not await unit.lookups.is_repeat(replace(question(by=StaffId("U2")), typed="cus_1"))
        assert not await unit.lookups.is_repeat(replace(question(), typed=nobody.typed))


async def test_simultaneous_lookups_keep_the_limit(store: SqlStore) -> None:
    async def ask() -> bool:
        async with store.begin() as unit:
            await unit.lookups.lock_staff(AGENT)
            if await unit.lookups.count(AGENT, now=NOW, span=HOUR) >= 5:
                return False
            await unit.lookups.add(question())
            await unit.commit()
        return True

    assert sum(await asyncio.gather(*(ask() for _ in range(20)))) == 5
