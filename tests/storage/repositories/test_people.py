"""Persons: the first known key wins, and what is known of one is known for good."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from domain.ids import CustomerId, StaffId
from domain.keyring import Keyring
from flows.ports import AddressChange
from flows.ports.store import PersonKey, Suppression
from storage.store import SqlStore
from tests.databases import KEYRING
from tests.storage.persons import find, identify, keys, unsubscribe
from tests.storage.samples import NOW, new_id, subscription

ADA = StaffId("U1")
DAY = timedelta(days=1)
NEWER = "a newer secret key of the tests, long enough too"
OLDER = "an older secret key of the tests, long enough too"


async def test_a_person_is_found_by_each_of_their_keys(store: SqlStore) -> None:
    assert await find(store, keys("cus_1", "dana@example.com")) is None
    dana = await identify(store, keys("cus_1", "dana@example.com"))
    assert await find(store, keys("cus_1")) == dana
    assert await identify(store, keys("cus_2", "Dana@Example.com")) == dana
    assert await find(store, keys("cus_2")) == dana
    assert await find(store, keys("cus_3", "other@example.com")) is None


async def test_one_mailbox_in_two_spellings_is_one_person(store: SqlStore) -> None:
    dana = await identify(store, keys("cus_1", "dana@xn--mller-kva.de"))
    assert await identify(store, keys("cus_2", "Dana@müller.de")) == dana
    assert await find(store, keys("cus_3", "dana@muller.de")) is None


async def test_an_address_is_known_or_not(store: SqlStore) -> None:
    customer, address = keys("cus_1", "dana@example.com")
    assert await _knows(store, customer, address) is None
    await identify(store, [customer])
    assert await _knows(store, customer, address) is None
    await identify(store, [customer, address])
    assert await _knows(store, customer, keys("cus_1", "DANA@example.com")[1]) is True
    assert await _knows(store, customer, keys("cus_1", "thief@example.com")[1]) is False


async def _knows(store: SqlStore, customer: PersonKey, address: PersonKey) -> bool | None:
    async with store.read() as unit:
        return await unit.people.knows_address(customer, address)


async def test_hashes_of_case_folded_domains_are_found_and_rewritten(store: SqlStore) -> None:
    """Before domains had an ASCII form, one mailbox in two spellings was two persons."""
    unicode, encoded = "dana@müller.de", "dana@xn--mller-kva.de"

    def stored(folded: str) -> list[PersonKey]:
        digest = KEYRING.mac("address", folded.encode()).hex()
        return [PersonKey(kind="address", digests=((KEYRING.current, digest),))]

    one = await identify(store, stored(unicode))
    assert await find(store, keys("cus_new", encoded)) == one
    await identify(store, stored(encoded))
    both = await identify(store, keys("cus_1", unicode))
    assert await find(store, stored(unicode)) is None
    assert await find(store, stored(encoded)) == await find(store, keys("cus_1")) == both


async def test_the_holdout_is_drawn_once_for_good(store: SqlStore) -> None:
    dana, eve = await identify(store, keys("cus_1")), await identify(store, keys("cus_2"))
    async with store.begin() as unit:
        assert await unit.people.holdout(dana) is None
        assert await unit.people.draw_holdout(dana, drawn=True)
        assert await unit.people.draw_holdout(dana, drawn=False)
        assert not await unit.people.draw_holdout(eve, drawn=False)
        assert await unit.people.holdout(dana) is True
        assert await unit.people.holdout(eve) is False


async def test_one_of_twenty_draws_counts(store: SqlStore, database_url: str) -> None:
    dana = await identify(store, keys("cus_1"))
    other = SqlStore(database_url, keyring=KEYRING, new_id=new_id)

    async def draw(store: SqlStore, *, drawn: bool) -> bool:
        async with store.begin() as unit:
            standing = await unit.people.draw_holdout(dana, drawn=drawn)
            await unit.commit()
        return standing

    stood = await asyncio.gather(*(draw([store, other][n % 2], drawn=n % 3 == 0) for n in range(20)))
    await other.close()
    assert len(set(stood)) == 1


async def test_only_staff_suppression_is_undone(store: SqlStore) -> None:
    dana, eve = await identify(store, keys("cus_1")), await identify(store, keys("cus_2"))
    async with store.begin() as unit:
        assert await unit.people.suppress(dana, by=ADA, why="never contact", at=NOW)
        assert await unit.people.suppress(eve, by=None, why="unsubscribed", at=NOW - DAY)
        by_staff = Suppression(by=ADA, why="never contact", at=NOW)
        by_themselves = Suppression(by=None, why="unsubscribed", at=NOW - DAY)
        assert await unit.people.suppressions() == [(eve, by_themselves), (dana, by_staff)]
        assert await unit.people.suppression(dana) == by_staff
        assert await unit.people.unsuppress(dana)
        assert not await unit.people.unsuppress(dana)
        assert not await unit.people.suppressed(dana)
        assert not await unit.people.unsuppress(eve)
        assert not await unit.people.suppress(eve, by=ADA, why="never contact", at=NOW)
        assert await unit.people.suppression(eve) == by_themselves


async def test_subscribers_request_wins(store: SqlStore) -> None:
    dana = await identify(store, keys("cus_1"))
    async with store.begin() as unit:
        assert await unit.people.suppress(dana, by=ADA, why="never contact", at=NOW)
        assert await unit.people.suppress(dana, by=None, why="unsubscribed", at=NOW + DAY)
        assert not await unit.people.suppress(dana, by=None, why="again", at=NOW + 2 * DAY)
        assert await unit.people.suppression(dana) == Suppression(by=None, why="unsubscribed", at=NOW + DAY)
        assert not await unit.people.unsuppress(dana)


async def test_unsubscribe_token_is_found(store: SqlStore) -> None:
    dana = await identify(store, keys("cus_1"))
    newer, older = unsubscribe(dana), unsubscribe(dana, at=NOW - DAY)
    async with store.begin() as unit:
        assert await unit.people.unsubscribe_of(dana) is None
        await unit.people.add_unsubscribe(newer)
        await unit.people.add_unsubscribe(older)
        assert await unit.people.unsubscribe_of(dana) == newer
        assert await unit.people.unsubscribe_by_digest(older.token_digest) == older
        assert await unit.people.unsubscribe_by_digest("of another") is None


async def test_customers_of_a_person_are_found(store: SqlStore) -> None:
    dana = await identify(store, keys("cus_1"))
    async with store.begin() as unit:
        assert await unit.people.customers(dana) == []
        for number, customer in enumerate(("cus_2", "cus_1", "cus_2")):
            row = subscription(dana, name=f"sub_{number}", created_at=NOW + number * DAY)
            row = replace(row, customer_id=CustomerId(customer))
            await unit.observations.save_row(row, expected_version=0)
        assert await unit.people.customers(dana) == ["cus_2", "cus_1"]


async def test_older_key_is_updated(store: SqlStore) -> None:
    before, between, after = Keyring([OLDER]), Keyring([NEWER, OLDER]), Keyring([NEWER])
    dana = await identify(store, keys("cus_1", "dana@example.com", keyring=before))
    assert await store.key_ids_in_use() == set(before.key_ids)
    assert await identify(store, keys("cus_1", "dana@example.com", keyring=between)) == dana
    assert await store.key_ids_in_use() == set(after.key_ids)
    assert await find(store, keys("cus_1", keyring=after)) == dana


async def test_simultaneous_identification_agrees(store: SqlStore, database_url: str) -> None:
    """Ten at once from two processes, half of them by the customer and half by the address that joins them."""
    other = SqlStore(database_url, keyring=KEYRING, new_id=new_id)
    wanted = [keys("cus_1", "dana@example.com"), keys("cus_2", "dana@example.com")] * 5
    found = await asyncio.gather(*(identify([store, other][n % 2], each) for n, each in enumerate(wanted)))
    await other.close()
    assert len(set(found)) == 1


async def test_newest_address_change_counts(store: SqlStore) -> None:
    async with store.begin() as unit:
        for moment in (NOW - DAY, NOW, NOW - 2 * DAY):
            change = AddressChange(customer_id=CustomerId("cus_1"), changed_at=moment, before="a@b.co", after="c@d.co")
            await unit.people.record_address_change(change)
        assert await unit.people.address_changed_at(CustomerId("cus_1")) == NOW
        assert await unit.people.address_changed_at(CustomerId("cus_2")) is None
