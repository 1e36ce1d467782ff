"""Moments are remembered, and what may happen once happens once."""

import asyncio
from datetime import timedelta

from storage.store import SqlStore
from tests.storage.samples import NOW

MINUTE = timedelta(minutes=1)


async def test_set_moves_and_set_once_keeps(store: SqlStore) -> None:
    async with store.begin() as unit:
        assert await unit.checkpoints.get("watermark") is None
        assert await unit.checkpoints.set_once("watermark", NOW) == NOW
        assert await unit.checkpoints.set_once("watermark", NOW + MINUTE) == NOW
        await unit.checkpoints.set("watermark", NOW + MINUTE)
        assert await unit.checkpoints.get("watermark") == NOW + MINUTE


async def test_replay_is_recognised(store: SqlStore) -> None:
    async with store.begin() as unit:
        assert await unit.checkpoints.first_sight("signature", at=NOW, keep=5 * MINUTE)
        assert not await unit.checkpoints.first_sight("signature", at=NOW + 4 * MINUTE, keep=5 * MINUTE)
        assert await unit.checkpoints.first_sight("signature", at=NOW + 5 * MINUTE, keep=5 * MINUTE)


async def test_of_ten_replays_at_once_one_is_first(store: SqlStore) -> None:
    async def see() -> bool:
        async with store.begin() as unit:
            first = await unit.checkpoints.first_sight("signature", at=NOW, keep=MINUTE)
            await unit.commit()
        return first

    assert sum(await asyncio.gather(*(see() for _ in range(10)))) == 1
