"""Stripe's events are stored once, and all that waits together shares one commit."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, event

from flows.failures import Unavailable
from storage import migrate
from storage.store import SqlStore
from tests.databases import KEYRING
from tests.storage.samples import NOW, new_id, notice


async def test_an_event_is_stored_once_however_often_it_comes(store: SqlStore) -> None:
    answers = await asyncio.gather(*(store.receive(notice(1), received_at=NOW) for _ in range(5)))
    assert sorted(answers) == [False, False, False, False, True]
    assert await store.receive(notice(1), received_at=NOW) is False
    async with store.read() as unit:
        assert await unit.inbox.backlog() == 1


@pytest.fixture
def commits() -> Iterator[list[object]]:
    """All commits of whatever engine."""
    seen: list[object] = []

    def note(connection: Connection) -> None:
        seen.append(connection)

    event.listen(Engine, "commit", note)
    yield seen
    event.remove(Engine, "commit", note)


async def test_what_waits_together_shares_one_commit(store: SqlStore, commits: list[object]) -> None:
    await asyncio.gather(*(store.receive(notice(number), received_at=NOW) for number in range(50)))
    assert len(commits) == 1


async def test_what_comes_while_a_commit_runs_shares_the_next(store: SqlStore, commits: list[object]) -> None:
    async with store.begin():  # on SQLite nothing can be committed before this ends
        first = [asyncio.create_task(store.receive(notice(number), received_at=NOW)) for number in range(3)]
        await asyncio.sleep(0)
        later = [asyncio.create_task(store.receive(notice(number), received_at=NOW)) for number in range(3, 9)]
        await asyncio.sleep(0)
    assert all(await asyncio.gather(*first, *later))
    assert len(commits) == 2


async def test_nobody_is_told_it_is_stored_when_the_commit_fails(tmp_path: object) -> None:
    store = SqlStore(f"sqlite:///{tmp_path}/empty.db", keyring=KEYRING, new_id=new_id)
    answers = await asyncio.gather(
        *(store.receive(notice(number), received_at=NOW) for number in range(3)), return_exceptions=True
    )
    assert [str(answer) for answer in answers] == ["the database is not migrated: run `winback migrate`"] * 3
    assert all(isinstance(answer, Unavailable) for answer in answers)
    migrate.upgrade(f"sqlite:///{tmp_path}/empty.db")
    assert await store.receive(notice(1), received_at=NOW)
    await store.close()


async def test_one_who_gives_up_waiting_does_not_hold_up_the_others(store: SqlStore) -> None:
    impatient = asyncio.create_task(store.receive(notice(1), received_at=NOW))
    patient = asyncio.create_task(store.receive(notice(2), received_at=NOW))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_an_event_wakes_the_worker_once_it_is_committed(store: SqlStore) -> None:
    waiting = asyncio.create_task(store.wakeups.inbox.wait(timedelta(seconds=30)))
    await store.receive(notice(1), received_at=NOW)
    assert await waiting
    assert not await store.wakeups.inbox.wait(timedelta(0))
