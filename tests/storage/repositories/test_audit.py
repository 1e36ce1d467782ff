"""The audit log: any change in it is found, and with a known head also rows that were cut off."""

from dataclasses import replace

import pytest

from domain.keyring import Keyring
from flows.ports.store import AuditEntry, AuditRow
from storage.repositories.audit import NO_ID, head, verify
from storage.store import SqlStore
from tests.databases import KEYRING
from tests.storage.samples import NOW, new_id


def entry(number: int) -> AuditEntry:
    return AuditEntry(who="U1", action="portal_link", whom=f"cus_{number}", at=NOW, outcome="found", note="«ü»")


async def written(store: SqlStore, count: int = 4) -> list[AuditRow]:
    for number in range(1, count + 1):
        async with store.begin() as unit:
            await unit.audit.append(entry(number))
            await unit.commit()
    async with store.read() as unit:
        return await unit.audit.rows(after=0, limit=100)


async def test_the_record_is_read_in_order_and_whole(store: SqlStore) -> None:
    rows = await written(store)
    assert [row.entry for row in rows] == [entry(number) for number in range(1, 5)]
    assert verify(rows, keyring=KEYRING) is None
    assert verify(rows[2:], keyring=KEYRING, before=rows[1]) is None
    assert await store.key_ids_in_use() == {KEYRING.current}
    async with store.read() as unit:
        assert await unit.audit.rows(after=1, limit=2) == rows[1:3]


@pytest.mark.parametrize(
    ("meddle", "broken"),
    [
        (lambda rows: [rows[0], replace(rows[1], entry=replace(rows[1].entry, outcome="none")), *rows[2:]], 2),
        (lambda rows: [rows[0], replace(rows[1], entry=replace(rows[1].entry, whom=None)), *rows[2:]], 2),
        (lambda rows: [rows[0], rows[2], rows[3]], 2),
        (lambda rows: [rows[0], *(replace(row, number=row.number - 1) for row in rows[2:])], 2),
        (lambda rows: [rows[0], rows[2], rows[1], rows[3]], 2),
        (lambda rows: rows[1:], 1),
        (lambda rows: [*rows[:3], replace(rows[3], mac="00" * 32)], 4),
        (lambda rows: [*rows[:3], replace(rows[3], key_id="unknown")], 4),
    ],
    ids=["outcome", "whom", "missing", "missing, numbered anew", "swapped", "first missing", "mac", "key"],
)
async def test_meddling_is_found_where_it_begins(sqlite_store: SqlStore, meddle, broken: int) -> None:  # type: ignore[no-untyped-def]  # a lambda of the table
    assert verify(meddle(await written(sqlite_store)), keyring=KEYRING) == broken


async def test_chain_needs_the_key(sqlite_store: SqlStore) -> None:
    assert verify(await written(sqlite_store), keyring=Keyring(["another key, as long as the one of the tests"])) == 1


async def test_cut_chain_has_another_head(sqlite_store: SqlStore) -> None:
    rows = await written(sqlite_store)
    assert verify(rows[:2], keyring=KEYRING) is None
    assert head(rows[1]) != head(rows[3])
    assert head(rows[3]).startswith("4:")


async def test_unknown_address_has_one_id(store: SqlStore) -> None:
    async with store.begin() as unit:
        first = await unit.audit.unknown([("k1", "d1")], new_id=new_id())
        assert await unit.audit.unknown([("k1", "d1")], new_id=new_id()) == first
        assert await unit.audit.unknown([("k1", "d2")], new_id=new_id()) != first
        assert await unit.audit.unknown([("k2", "e1"), ("k1", "d1")], new_id=new_id()) == first
        assert await unit.audit.unknown([("k2", "e1")], new_id=new_id()) == first
        await unit.commit()
    assert await store.key_ids_in_use() == {"k1", "k2"}


async def test_unknown_address_known_in_two_older_forms_keeps_one_id(store: SqlStore) -> None:
    async with store.begin() as unit:
        one = await unit.audit.unknown([("k1", "old")], new_id=new_id())
        other = await unit.audit.unknown([("k1", "older")], new_id=new_id())
        forms = [("k1", "new"), ("k1", "old"), ("k1", "older")]
        standing = await unit.audit.unknown(forms, new_id=new_id())
        assert standing in {one, other}
        assert await unit.audit.unknown(forms, new_id=new_id()) == standing


@pytest.mark.parametrize(
    ("whom", "recorded"),
    [
        ("cus_NffrFeUfNV2Hib", True),
        ("0190c0de-0000-7000-8000-000000000000", True),
        ("U0AGENT001", True),
        ("dana@scully-mail.com", False),
        ("Dana Scully", False),
        ("", False),
        ("c" * 301, False),
        ("cus_1\n", False),
        ("١٢٣", False),
    ],
)
async def test_only_ids_are_recorded(sqlite_store: SqlStore, whom: str, *, recorded: bool) -> None:
    async with sqlite_store.begin() as unit:
        await unit.audit.append(replace(entry(1), whom=whom))
        await unit.commit()
    async with sqlite_store.read() as unit:
        [row] = await unit.audit.rows(after=0, limit=1)
    assert row.entry.whom == (whom if recorded else NO_ID)
