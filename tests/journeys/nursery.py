"""Bots that have imported everything before they begin: one process that did so is forked for each.

To import takes a bot a second of one core, and a run of the tests starts hundreds. What runs then is the same:
`bot.cli.sandboxed`, with an environment, a directory and a session of its own, and to be killed by itself.
"""

import asyncio
import atexit
import contextlib
import gc
import json
import os
import random
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from functools import cache
from pathlib import Path

END = b"\0"
"""Begins the line, written by the nursery, that tells a bot's exit status."""


class Sprout:
    """A bot from the nursery (`bot.cli.bot_process.Running`)."""

    def __init__(self, pid: int, told: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.stdout = asyncio.StreamReader()
        self.pid = pid
        self._writer = writer
        self._ended = asyncio.create_task(self._listen(told))

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    async def _listen(self, told: asyncio.StreamReader) -> int:
        """Hand on what the bot says, till the nursery says how it ended."""
        while not (line := await told.readline()).startswith(END):
            assert line, "the nursery died"
            self.stdout.feed_data(line)
        self.stdout.feed_eof()
        self._writer.close()
        return int(line[1:])

    def _signal(self, number: signal.Signals) -> None:
        if self._ended.done():
            raise ProcessLookupError
        os.kill(self.pid, number)


async def begin(clock_file: Path, environment: dict[str, str], log: Path) -> Sprout:
    """Fork a bot (`bot.cli.bot_process.Begin`)."""
    told, writer = await asyncio.open_unix_connection(_address())
    writer.write(json.dumps([str(clock_file), environment, str(log)]).encode() + b"\n")
    return Sprout(int(await told.readline()), told, writer)


@cache
def _address() -> str:
    """Have the nursery of this process there; it ends when this process does."""
    address = f"{tempfile.mkdtemp(prefix='winback-nursery-')}/socket"
    nursery = subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.nursery", address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    assert nursery.stdout.readline(), "the nursery did not begin"
    atexit.register(nursery.stdin.close)
    return address


def keep(address: str) -> None:
    """Fork bots for whoever asks, till standard input ends."""
    import bot.cli.sandboxed  # noqa: F401  # this is what every bot finds done

    gc.freeze()
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen()
    children: dict[int, socket.socket] = {}
    died, wake = socket.socketpair()
    died.setblocking(False)
    wake.setblocking(False)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    selector = selectors.DefaultSelector()
    for each in (listening, died, sys.stdin):
        selector.register(each, selectors.EVENT_READ)
    os.write(1, b"ready\n")
    while True:
        for key, _ in selector.select():
            if key.fileobj is listening:
                _fork(listening.accept()[0], children)
            elif key.fileobj is died:
                died.recv(4096)
            else:
                Path(address).unlink()
                Path(address).parent.rmdir()
                return
        _bury(children)


def _fork(asked: socket.socket, children: dict[int, socket.socket]) -> None:
    with asked.makefile("rb") as lines:
        clock_file, environment, log = json.loads(lines.readline())
    pid = os.fork()
    if pid:
        asked.sendall(b"%d\n" % pid)
        children[pid] = asked
        return
    status = 1  # as of a program that did not expect it
    try:
        _become(asked, environment, Path(log))
        status = _run(clock_file)
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(status)


def _bury(children: dict[int, socket.socket]) -> None:
    """Tell of each bot that died how it did."""
    for pid in list(children):
        died, status = os.waitpid(pid, os.WNOHANG)
        if died:
            with children.pop(pid) as asked, contextlib.suppress(BrokenPipeError):
                asked.sendall(END + b"%d\n" % os.waitstatus_to_exitcode(status))


def _become(asked: socket.socket, environment: dict[str, str], log: Path) -> None:
    """Leave everything of the nursery behind that a process of its own would not have."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(log.parent)
    os.environ.clear()
    os.environ.update(environment)
    nothing = os.open(os.devnull, os.O_RDONLY)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for here, there in ((nothing, 0), (asked.fileno(), 1), (written, 2)):
        os.dup2(here, there)
    os.closerange(3, 1024)
    random.seed()


def _run(clock_file: str) -> int:
    import typer

    from bot.cli.sandboxed import sandboxed

    sys.argv = ["sandboxed", clock_file]
    try:
        typer.run(sandboxed)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    keep(sys.argv[1])
