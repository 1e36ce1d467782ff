"""Run the command line on a clock that a sandbox moves: `python -m bot.cli.in_sandbox OFFSET_FILE serve`."""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

import typer

from bot.cli.commands import app
from bot.cli.lean_imports import lean_imports

with lean_imports():
    from bot.cli.startup import CLOCK, EXIT_USAGE, LEASES, now, settings
    from bot.settings.settings import Settings
    from bot.settings.value_types import on_loopback
    from flows.ports import Clock
    from jobs.worker import Leases

SHORT_LEASE = "SANDBOX_LEASE"
"""Seconds for which work stays claimed there, for tests that wait until another process takes it over."""


def run(offset_file: Path, *words: str) -> None:
    """Run `winback …` with business time off real time by the seconds in the file; in a sandbox only."""
    try:
        chosen = settings()
    except typer.Exit as end:
        sys.exit(end.exit_code)
    if chosen.live or not _in_a_sandbox(chosen):
        typer.echo("Only a sandbox may move the clock: no live key, and only addresses on this machine.", err=True)
        sys.exit(EXIT_USAGE)
    CLOCK.set(moved_by(offset_file))
    if seconds := os.environ.get(SHORT_LEASE):
        span = timedelta(seconds=float(seconds))
        LEASES.set(Leases(calls=span, emails=3 * span))
    app(words)


def _in_a_sandbox(chosen: Settings) -> bool:
    return (
        chosen.stripe_api_url is not None and on_loopback(chosen.stripe_api_url) and on_loopback(chosen.slack_api_url)
    )


def moved_by(offset_file: Path) -> Clock:
    """Return a clock that reads the file again whenever it has been rewritten."""
    read_at, offset = -1, timedelta()

    def clock() -> datetime:
        nonlocal read_at, offset
        written_at = offset_file.stat().st_mtime_ns
        if written_at != read_at:
            read_at, offset = written_at, timedelta(seconds=float(offset_file.read_text(encoding="ascii")))
        return now() + offset

    return clock


if __name__ == "__main__":
    run(Path(sys.argv[1]), *sys.argv[2:])
