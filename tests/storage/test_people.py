"""Persons: the first known key wins, two who turn out to be one are merged, and nothing known of them is lost."""

import asyncio
from datetime import timedelta

from domain.ids import CustomerId, PersonId, StaffId
from domain.keyring import Keyring
from flows.memory import PersonKey
from flows.person import keys_of
from flows.ports import AddressChange
from storage.store import SqlStore
from tests.databases import KEYRING
from tests.storage.samples import NOW, case, new_id, subscription

DAY = timedelta(days=1)
NEWER = "a newer secret key of the tests, long enough too"
OLDER = "an older secret key of the tests, long enough too"


def keys(customer: str, address: str | None = None, *, keyring: Keyring = KEYRING) -> list[PersonKey]:
    return keys_of(keyring, customer_id=CustomerId(customer), address=address)


async def identify(store: SqlStore, wanted: list[PersonKey]) -> PersonId:
    async with store.begin() as unit:
        person = await unit.people.identify(wanted, new_id=PersonId(new_id()), now=NOW)
        await unit.commit()
    return person


async def find(store: SqlStore, wanted: list[PersonKey]) -> PersonId | None:
    async with store.read() as unit:
        return await unit.people.find(wanted)


async def test_a_person_is_found_by_each_of_their_keys(store: SqlStore) -> None:
    assert await find(store, keys("cus_1", "dana@example.com")) is None
    dana = await identify(store, keys("cus_1", "dana@example.com"))
    assert await find(store, keys("cus_1")) == dana
    assert await identify(store, keys("cus_2", "Dana@Example.com")) == dana
    assert await find(store, keys("cus_2")) == dana
    assert await find(store, keys("cus_3", "other@example.com")) is None


async def test_two_who_are_one_are_merged_with_all_that_is_theirs(store: SqlStore) -> None:
    first, second = await identify(store, keys("cus_1")), await identify(store, keys("cus_2", "dana@example.com"))
    async with store.begin() as unit:
        await unit.observations.save_row(subscription(first, name="sub_1"), expected_version=0)
        await unit.observations.save_row(subscription(second, name="sub_2"), expected_version=0)
        stale = case(second, subscription_id="sub_2")
        await unit.cases.add(stale)
        assert await unit.people.suppress(second, by=StaffId("U1"), why="asked on the phone", at=NOW)
        await unit.commit()
    assert await identify(store, keys("cus_1", "dana@example.com")) == first
    async with store.begin() as unit:
        assert [row.id for row in await unit.observations.rows_of_person(first)] == ["sub_1", "sub_2"]
        assert await unit.observations.rows_of_person(second) == []
        assert await unit.cases.save(stale)  # read before the merge, saved after it
        assert [found.id for found in await unit.cases.of_person(first)] == [stale.id]
        assert await unit.people.suppressed(first)
        assert not await unit.people.suppress(first, by=None, why="again", at=NOW)
        assert await unit.people.find(keys("cus_2")) == first


async def test_a_hit_under_an_older_secret_key_is_rewritten_under_the_first(store: SqlStore) -> None:
    before, between, after = Keyring([OLDER]), Keyring([NEWER, OLDER]), Keyring([NEWER])
    dana = await identify(store, keys("cus_1", "dana@example.com", keyring=before))
    assert await store.key_ids_in_use() == set(before.key_ids)
    assert await identify(store, keys("cus_1", "dana@example.com", keyring=between)) == dana
    assert await store.key_ids_in_use() == set(after.key_ids)
    assert await find(store, keys("cus_1", keyring=after)) == dana


async def test_many_who_identify_one_person_at_once_agree(store: SqlStore, database_url: str) -> None:
    """Ten at once from two processes, half of them by the customer and half by the address that joins them."""
    other = SqlStore(database_url, keyring=KEYRING, new_id=new_id)
    wanted = [keys("cus_1", "dana@example.com"), keys("cus_2", "dana@example.com")] * 5
    found = await asyncio.gather(*(identify([store, other][n % 2], each) for n, each in enumerate(wanted)))
    await other.close()
    assert len(set(found)) == 1


async def test_only_the_newest_change_of_an_address_counts(store: SqlStore) -> None:
    async with store.begin() as unit:
        for moment in (NOW - DAY, NOW, NOW - 2 * DAY):
            change = AddressChange(customer_id=CustomerId("cus_1"), changed_at=moment, before="a@b.co", after="c@d.co")
            await unit.people.note_address_change(change)
        assert await unit.people.address_changed_at(CustomerId("cus_1")) == NOW
        assert await unit.people.address_changed_at(CustomerId("cus_2")) is None
