"""The bot as a child process beside a sandbox."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

READY = b"Ready."


class DiedEarly(Exception):
    """The bot ended before it was ready; the text is what it logged."""


class Process(Protocol):
    """A running process, such as `asyncio.subprocess.Process`."""

    @property
    def pid(self) -> int:
        """The process id."""

    @property
    def stdout(self) -> asyncio.StreamReader | None:
        """The process's standard output."""

    def kill(self) -> None:
        """Send SIGKILL; raises ProcessLookupError if the process has ended."""

    def terminate(self) -> None:
        """Send SIGTERM; raises ProcessLookupError if the process has ended."""

    async def wait(self) -> int:
        """Return the exit status when the process has ended; a negative one is a signal."""


StartProcess = Callable[[Path, dict[str, str], Path], Awaitable[Process]]
"""Starts a bot with a clock file, an environment and a log, in its own session and the log's directory."""


async def start_process(clock_file: Path, environment: dict[str, str], log: Path) -> Process:
    """Start `bot.cli.in_sandbox` as a process."""
    with log.open("ab") as stderr:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.cli.in_sandbox", str(clock_file), "serve",
            env=environment,
            cwd=log.parent,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )  # fmt: skip


@dataclass(slots=True, kw_only=True)
class BotProcess:
    """One bot, run by `bot.cli.in_sandbox`; `log` receives what it writes to standard error."""

    environment: dict[str, str]
    clock_file: Path
    log: Path
    begin: StartProcess = start_process
    _process: Process | None = None

    async def start(self) -> None:
        """Start the bot and return when it is ready; raises DiedEarly with its log."""
        began_at = self.log.stat().st_size if self.log.exists() else 0
        self._process = await self.begin(self.clock_file, {**inherited_environment(), **self.environment}, self.log)
        assert self._process.stdout is not None  # noqa: S101  # it was asked for just above
        line = await self._process.stdout.readline()
        if not line.startswith(READY):
            await self._process.wait()
            with self.log.open("rb") as log:
                log.seek(began_at)
                raise DiedEarly(log.read().decode(errors="replace"))

    def kill(self) -> None:
        """Kill the bot with SIGKILL."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def stop(self) -> int | None:
        """Stop the bot with SIGTERM and return its exit status; None if it was never started."""
        if self._process is None:
            return None
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        return await self.ended()

    async def ended(self) -> int:
        """Wait until the bot ends and return its exit status: -9 after a kill."""
        if self._process is None:
            raise RuntimeError("the bot was never started")
        return await self._process.wait()


def free_port(preferred: int = 0) -> int:
    """Return a free port on loopback, if possible the preferred one."""
    for port in (preferred, 0):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                tried.bind(("127.0.0.1", port))
                return int(tried.getsockname()[1])
    raise OSError("no free port on loopback")


def inherited_environment() -> dict[str, str]:
    """Return what a process needs of our environment, without any settings."""
    names = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "PYTHONASYNCIODEBUG")
    return {name: os.environ[name] for name in names if name in os.environ}
