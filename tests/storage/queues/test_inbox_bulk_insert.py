"""Stripe's events are stored once, and all that waits together shares one commit."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from flows.failures import Unavailable
from storage.database import migrate
from storage.store import SqlStore
from tests.databases import KEYRING
from tests.storage.samples import NOW, event, new_id


async def test_event_is_stored_once(store: SqlStore) -> None:
    answers = await asyncio.gather(*(store.receive(event(1), received_at=NOW) for _ in range(5)))
    assert sorted(answers) == [False, False, False, False, True]
    assert await store.receive(event(1), received_at=NOW) is False
    async with store.read() as unit:
        assert await unit.inbox.backlog() == 1


async def test_what_waits_together_shares_one_commit(postgres_url: str) -> None:
    store = SqlStore(postgres_url, keyring=KEYRING, new_id=new_id)
    await asyncio.gather(*(store.receive(event(number), received_at=NOW) for number in range(50)))
    async with store._engine.connect() as connection:
        commits = (await connection.execute(text("SELECT count(DISTINCT xmin::text) FROM inbox"))).scalar_one()
    await store.close()
    assert commits == 1


async def test_new_and_known_events_differ(store: SqlStore) -> None:
    await store.receive(event(1), received_at=NOW)
    answers = await asyncio.gather(*(store.receive(event(number), received_at=NOW) for number in (0, 1, 2, 0, 2, 3)))
    assert answers == [True, False, True, False, False, True]
    async with store.begin() as unit:
        rows = await unit.inbox.claim(owner=new_id(), wall=NOW, lease=timedelta(seconds=30), limit=9)
    assert [row.event for row in rows] == [event(1), event(0), event(2), event(3)]


async def test_failed_commit_acknowledges_nothing(tmp_path: object) -> None:
    store = SqlStore(f"sqlite:///{tmp_path}/empty.db", keyring=KEYRING, new_id=new_id)
    answers = await asyncio.gather(
        *(store.receive(event(number), received_at=NOW) for number in range(3)), return_exceptions=True
    )
    assert [str(answer) for answer in answers] == ["the database is not migrated: run `winback migrate`"] * 3
    assert all(isinstance(answer, Unavailable) for answer in answers)
    migrate.upgrade(f"sqlite:///{tmp_path}/empty.db")
    assert await store.receive(event(1), received_at=NOW)
    await store.close()


async def test_committed_event_wakes_the_worker(store: SqlStore) -> None:
    waiting = asyncio.create_task(store.wakeups.inbox.wait(timedelta(seconds=30)))
    await store.receive(event(1), received_at=NOW)
    assert await waiting
    assert not await store.wakeups.inbox.wait(timedelta(0))
