"""The lock before SQLite's writer: arrivals and the others take turns, and nobody who gave up keeps it."""

import asyncio

from storage.database.writer_lock import WriterLock


async def write(lock: WriterLock, who: str, done: list[str]) -> None:
    async with lock.held(for_arrivals=who.startswith("arrival")):
        await asyncio.sleep(0)
        done.append(who)


async def test_arrivals_wait_for_one_other_at_most() -> None:
    lock, done = WriterLock(), list[str]()
    whole = [f"worker {number}" for number in range(4)] + ["arrival 0", "arrival 1"]
    await asyncio.gather(*(write(lock, who, done) for who in whole))
    assert done == ["worker 0", "arrival 0", "worker 1", "arrival 1", "worker 2", "worker 3"]


async def test_turn_of_a_cancelled_writer_is_passed_on() -> None:
    lock, done = WriterLock(), list[str]()
    first, gone, last = (asyncio.create_task(write(lock, who, done)) for who in ("first", "gone", "last"))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(first, last)
    assert done == ["first", "last"]
    assert gone.cancelled()
    await write(lock, "again", done)
    assert done[-1] == "again"
