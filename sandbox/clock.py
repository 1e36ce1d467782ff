"""The sandbox's clock: real time plus an offset that only grows, so that a month can pass in a moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path


class Clock:
    """Keep the sandbox's time, from a start or from the present moment on, and move it forward.

    Whoever registers with `on_move` is called after each movement and each `tick` with the present moment, and does
    all that fell due since the last call.
    """

    def __init__(self, offset_file: Path | None = None, *, starts_at: datetime | None = None) -> None:
        self._offset = starts_at - datetime.now(UTC) if starts_at else timedelta()
        self._offset_file = offset_file
        self._listeners: list[Callable[[datetime], None]] = []
        self._write()

    @property
    def offset(self) -> timedelta:
        """How far this clock is ahead of the real one; negative where it started in the past."""
        return self._offset

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return datetime.now(UTC) + self._offset

    def on_move(self, listener: Callable[[datetime], None]) -> None:
        self._listeners.append(listener)

    def advance(self, by: timedelta) -> None:
        """Move forward by a span; what fell due on the way has happened when this returns.

        Raises:
            ValueError: the span is negative.
        """
        if by < timedelta():
            raise ValueError("The sandbox's clock only moves forward.")
        self._offset += by
        self._write()
        self.tick()

    def move_to(self, moment: datetime) -> None:
        """Move forward to a moment.

        Raises:
            ValueError: the moment has passed.
        """
        self.advance(moment - self.now())

    def tick(self) -> None:
        """Let everybody do what real time alone has made due."""
        for listener in self._listeners:
            listener(self.now())

    def _write(self) -> None:
        """Put the offset, in seconds, where the bot's process reads it; a reader sees the old or the new one whole."""
        if self._offset_file is None:
            return
        draft = self._offset_file.with_name(self._offset_file.name + ".draft")
        draft.write_text(f"{self._offset.total_seconds():.6f}\n", encoding="ascii")
        draft.replace(self._offset_file)
