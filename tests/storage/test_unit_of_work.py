"""A unit is one transaction: all of it or nothing, however many write and whatever kills them."""

import asyncio
import signal
import sys
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import SQLAlchemyError

from flows.effects import ShowCard
from flows.ports.store import AuditEntry, Store
from storage.repositories.audit import verify
from storage.store import SqlStore
from tests.databases import KEYRING
from tests.storage.samples import NOW, add_case, case, new_id

ENTRY = AuditEntry(who="U1", action="talk", whom="cus_1", at=NOW, outcome="done")


async def test_uncommitted_unit_leaves_nothing(store: SqlStore) -> None:
    async with store.begin() as unit:
        await unit.checkpoints.set("first", NOW)
    with suppress(ZeroDivisionError):
        async with store.begin() as unit:
            await unit.checkpoints.set("first", NOW)
            raise ZeroDivisionError
    async with store.read() as unit:
        assert await unit.checkpoints.get("first") is None


async def test_a_committed_unit_takes_no_more(store: SqlStore) -> None:
    async with store.begin() as unit:
        await unit.checkpoints.set("first", NOW)
        await unit.commit()
        with pytest.raises(SQLAlchemyError, match="closed"):
            await unit.checkpoints.set("second", NOW)
    async with store.read() as unit:
        assert await unit.checkpoints.get("first") == NOW


async def test_what_is_read_in_one_unit_is_of_one_moment(store: SqlStore) -> None:
    async with store.read() as reader:
        assert await reader.checkpoints.get("first") is None
        async with store.begin() as writer:
            await writer.checkpoints.set("first", NOW)
            await writer.commit()
        assert await reader.checkpoints.get("first") is None


async def test_twenty_writers_lose_no_update(database_url: str) -> None:
    """Each has a store of its own, as if it were a process of its own."""
    async with AsyncExitStack() as stack:
        stores = [SqlStore(database_url, keyring=KEYRING, new_id=new_id) for _ in range(20)]
        for each in stores:
            stack.push_async_callback(each.close)
        stored = await add_case(stores[0])

        async def write(store: Store, tag: str) -> None:
            for _ in range(100):
                async with store.begin() as unit:
                    found = await unit.cases.get(stored.id)
                    assert found is not None
                    await unit.audit.append(ENTRY)
                    if await unit.cases.save(replace(found, tags=(*found.tags, tag))):
                        await unit.commit()
                        return
            pytest.fail("never got through")

        await asyncio.gather(*(write(store, f"tag {number}") for number, store in enumerate(stores)))
        async with stores[0].read() as unit:
            found = await unit.cases.get(stored.id)
            rows = await unit.audit.rows(after=0, limit=100)
    assert found is not None
    assert sorted(found.tags) == sorted(f"tag {number}" for number in range(20))
    assert found.version == stored.version + 20
    assert len(rows) == 20
    assert verify(rows, keyring=KEYRING) is None


CHILD = """
import asyncio, sys
from tests.storage.test_unit_of_work import die
asyncio.run(die(sys.argv[1], commit=sys.argv[2] == "commit"))
"""


async def die(url: str, *, commit: bool) -> None:
    """Write one thing of each kind, commit or not, say so and wait to be killed."""
    store = SqlStore(url, keyring=KEYRING, new_id=new_id)
    async with store.begin() as unit:
        await unit.checkpoints.set("first", NOW)
        await unit.audit.append(ENTRY)
        await unit.outbox.add(ShowCard(case().id), due_at=NOW)
        if commit:
            await unit.commit()
        print("ready", flush=True)  # noqa: T201  # the parent waits for it
        await asyncio.Event().wait()


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("commit", [False, True])
async def test_a_killed_writer_leaves_all_or_nothing(database_url: str, *, commit: bool) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, database_url, "commit" if commit else "hold", stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    assert await child.stdout.readline() == b"ready\n"
    child.kill()
    assert await child.wait() == -signal.SIGKILL
    store = SqlStore(database_url, keyring=KEYRING, new_id=new_id)
    async with store.begin() as unit:
        left = (
            await unit.checkpoints.get("first"),
            len(await unit.audit.rows(after=0, limit=9)),
            await unit.outbox.counts(now=NOW),
        )
        claimed = await unit.outbox.claim(
            "slack", owner=new_id(), now=NOW, wall=NOW, lease=timedelta(seconds=30), limit=9, probing=False
        )
    await store.close()
    assert left == ((NOW, 1, {"waiting": 1}) if commit else (None, 0, {}))
    assert len(claimed) == commit
