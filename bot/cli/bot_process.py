"""The bot as a child process beside a sandbox: started, waited for, killed, started again."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

READY = b"Ready."


class DiedEarly(Exception):
    """The bot ended before it was ready; the words are what it said."""


class Process(Protocol):
    """A process that was begun, as `asyncio.subprocess.Process` is one."""

    @property
    def pid(self) -> int:
        """Its number."""

    @property
    def stdout(self) -> asyncio.StreamReader | None:
        """What it writes to standard output."""

    def kill(self) -> None:
        """Send SIGKILL; raises ProcessLookupError where it has ended."""

    def terminate(self) -> None:
        """Send SIGTERM; raises ProcessLookupError where it has ended."""

    async def wait(self) -> int:
        """Return its exit status once it has ended, negative for the signal it died of."""


StartProcess = Callable[[Path, dict[str, str], Path], Awaitable[Process]]
"""Begins a bot with a clock file, an environment and a log, in a session of its own and the log's directory."""


async def start_process(clock_file: Path, environment: dict[str, str], log: Path) -> Process:
    """Begin `bot.cli.in_sandbox` as a process of its own."""
    with log.open("ab") as stderr:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.cli.in_sandbox", str(clock_file), "serve",
            env=environment,
            cwd=log.parent,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )  # fmt: skip


class BotProcess:
    """One bot, run by `bot.cli.in_sandbox`; `log` receives what it writes to standard error."""

    def __init__(
        self, *, environment: dict[str, str], clock_file: Path, log: Path, begin: StartProcess = start_process
    ) -> None:
        self._environment = environment
        self._clock_file = clock_file
        self._log = log
        self._begin = begin
        self._process: Process | None = None

    async def start(self) -> None:
        """Start it and return once it is ready; raises DiedEarly with its last words."""
        began_at = self._log.stat().st_size if self._log.exists() else 0
        self._process = await self._begin(self._clock_file, {**inherited_environment(), **self._environment}, self._log)
        assert self._process.stdout is not None  # noqa: S101  # it was asked for just above
        line = await self._process.stdout.readline()
        if not line.startswith(READY):
            await self._process.wait()
            with self._log.open("rb") as log:
                log.seek(began_at)
                raise DiedEarly(log.read().decode(errors="replace"))

    def kill(self) -> None:
        """Kill it at once (SIGKILL); nothing of its own runs any more."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def stop(self) -> int | None:
        """Ask it to stop (SIGTERM) and return its exit status; None where it was never started."""
        if self._process is None:
            return None
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        return await self.ended()

    async def ended(self) -> int:
        """Wait for its end and return the exit status: -9 after a kill."""
        if self._process is None:
            raise RuntimeError("the bot was never started")
        return await self._process.wait()


def free_port(preferred: int = 0) -> int:
    """Find a free port on loopback, the preferred one if it is."""
    for port in (preferred, 0):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                tried.bind(("127.0.0.1", port))
                return int(tried.getsockname()[1])
    raise OSError("no free port on loopback")


def inherited_environment() -> dict[str, str]:
    """Pass on what a process needs to run, and none of the settings that may stand in this environment."""
    names = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "PYTHONASYNCIODEBUG")
    return {name: os.environ[name] for name in names if name in os.environ}
