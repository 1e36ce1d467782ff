"""The bot as a child process beside a sandbox: started, waited for, killed, started again."""

import asyncio
import contextlib
import os
import socket
import sys
from pathlib import Path

READY = b"Ready."


class DiedEarly(Exception):
    """The bot ended before it was ready; the words are what it said."""


class BotProcess:
    """One bot, run by `bot.cli.sandboxed`; `log` receives what it writes to standard error."""

    def __init__(self, *, environment: dict[str, str], clock_file: Path, log: Path) -> None:
        self._environment = environment
        self._clock_file = clock_file
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and return once it is ready; raises DiedEarly with its last words."""
        with self._log.open("ab") as log:
            began_at = log.tell()
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot.cli.sandboxed", str(self._clock_file),
                env={**passed_on(), **self._environment},
                cwd=self._log.parent,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )  # fmt: skip
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


def passed_on() -> dict[str, str]:
    """Pass on what a process needs to run, and none of the settings that may stand in this environment."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV") if name in os.environ}
