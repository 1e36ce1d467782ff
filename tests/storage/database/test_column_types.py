"""Moments are aware and exact to the microsecond on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import StatementError

from storage.store import SqlStore
from tests.storage.samples import NOW


async def test_time_is_read_in_utc(store: SqlStore) -> None:
    moment = datetime(2026, 3, 29, 2, 30, 0, 123457, tzinfo=timezone(timedelta(hours=-9, minutes=-30)))
    async with store.begin() as unit:
        await unit.checkpoints.set("first", moment)
        found = await unit.checkpoints.get("first")
    assert found == moment
    assert found is not None
    assert found.tzinfo is UTC


async def test_a_moment_without_a_zone_is_refused(store: SqlStore) -> None:
    async with store.begin() as unit:
        with pytest.raises(StatementError, match="a moment without a time zone cannot be stored"):
            await unit.checkpoints.set("first", NOW.replace(tzinfo=None))


async def test_times_sort_in_any_zone(store: SqlStore) -> None:
    """A whole second has no fraction in it, and must still come before the same second and a bit."""
    tokyo = timezone(timedelta(hours=9))
    earlier, later = NOW, (NOW + timedelta(microseconds=1)).astimezone(tokyo)
    async with store.begin() as unit:
        assert await unit.checkpoints.first_sight("a", at=earlier, keep=timedelta(microseconds=1))
        assert await unit.checkpoints.first_sight("a", at=later, keep=timedelta())
