"""Commits for many: who waits together goes together, and nobody is told more than is so."""

import asyncio
from collections.abc import Sequence

import pytest

from storage.queues.group_commit import GroupCommit


class Shelf:
    """Stores numbers in turns; a turn lasts till it is let go, and fails if it holds a negative one."""

    def __init__(self) -> None:
        self.turns: list[list[int]] = []
        self.began = asyncio.Event()
        self.go = asyncio.Event()
        self.go.set()

    async def store(self, numbers: Sequence[int]) -> list[str]:
        self.turns.append(list(numbers))
        self.began.set()
        await self.go.wait()
        if min(numbers) < 0:
            raise ValueError("too small")
        return [str(number) for number in numbers]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


async def test_waiting_items_share_a_commit(shelf: Shelf) -> None:
    commits = GroupCommit(shelf.store, most=10)
    shelf.go.clear()
    first = [asyncio.create_task(commits.give(number)) for number in range(3)]
    await shelf.began.wait()
    later = [asyncio.create_task(commits.give(number)) for number in range(3, 9)]
    await asyncio.sleep(0)
    shelf.go.set()
    assert await asyncio.gather(*first, *later) == [str(number) for number in range(9)]
    assert shelf.turns == [[0, 1, 2], [3, 4, 5, 6, 7, 8]]


async def test_a_turn_holds_so_many_and_no_more(shelf: Shelf) -> None:
    commits = GroupCommit(shelf.store, most=2)
    await asyncio.gather(*(commits.give(number) for number in range(5)))
    assert shelf.turns == [[0, 1], [2, 3], [4]]


async def test_failed_batch_fails_for_all_its_items(shelf: Shelf) -> None:
    commits = GroupCommit(shelf.store, most=2)
    answers = await asyncio.gather(*(commits.give(number) for number in (1, -1, 2, 3)), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["too small", "too small", "2", "3"]
    assert await commits.give(4) == "4"


async def test_cancelled_caller_delays_nobody(shelf: Shelf) -> None:
    commits = GroupCommit(shelf.store, most=10)
    impatient, patient = (asyncio.create_task(commits.give(number)) for number in (1, 2))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == "2"
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_closing_waits_for_what_was_given(shelf: Shelf) -> None:
    commits = GroupCommit(shelf.store, most=1)
    given = [asyncio.create_task(commits.give(number)) for number in range(3)]
    await asyncio.sleep(0)
    await commits.close()
    assert shelf.turns == [[0], [1], [2]]
    assert await asyncio.gather(*given) == ["0", "1", "2"]
