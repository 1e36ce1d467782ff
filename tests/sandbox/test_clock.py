"""The clock moves forward only, tells the bot's process, and lets things fall due."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.clock import Clock


def test_it_runs_ahead_by_what_it_was_moved() -> None:
    clock = Clock()
    clock.advance(timedelta(days=30))
    ahead = clock.now() - datetime.now(UTC)
    assert clock.offset == timedelta(days=30)
    assert timedelta(days=29, hours=23) < ahead <= timedelta(days=30)


def test_it_moves_to_a_moment() -> None:
    clock = Clock()
    clock.move_to(datetime(2100, 1, 1, tzinfo=UTC))
    assert clock.now() - datetime(2100, 1, 1, tzinfo=UTC) < timedelta(seconds=5)


def test_it_never_goes_back() -> None:
    clock = Clock()
    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="forward"):
        clock.move_to(datetime(2020, 1, 1, tzinfo=UTC))


def test_the_file_holds_the_offset_in_seconds_and_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    clock = Clock(path)
    assert float(path.read_text()) == 0
    before = path.stat().st_ino
    clock.advance(timedelta(hours=2))
    assert float(path.read_text()) == 7200
    assert path.stat().st_ino != before
    assert list(tmp_path.iterdir()) == [path]


def test_everybody_is_told_the_new_moment() -> None:
    clock, heard = Clock(), list[datetime]()
    clock.on_move(heard.append)
    clock.advance(timedelta(days=1))
    clock.tick()
    assert len(heard) == 2
    assert heard[0] - datetime.now(UTC) > timedelta(hours=23)
