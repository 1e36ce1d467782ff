"""Processes that have imported everything before they begin: one that did so is forked for each.

To import takes a bot, or a word of the command line, a second of one core, and a run of the tests starts hundreds. What
runs then is the same `python -m …`, with an environment, a directory and a session of its own, and to be killed by
itself.
"""

import asyncio
import atexit
import contextlib
import gc
import importlib
import json
import os
import random
import runpy
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
"""Begins what the nursery writes in the end: the exit status."""
LONGEST_LINE = 1 << 24
FOUND_DONE = (
    "bot.cli.serve", "bot.cli.demo_sandbox", "aiosqlite", "anyio._backends._asyncio",
    "apscheduler.executors.asyncio",
    "slack_bolt.listener_matcher.async_builtins", "stripe._billing_portal_service", "stripe._charge",
    "stripe._charge_service", "stripe._checkout_service", "stripe._coupon", "stripe._coupon_service",
    "stripe._customer", "stripe._customer_service", "stripe._discount", "stripe._event", "stripe._event_service",
    "stripe._invoice", "stripe._invoice_line_item", "stripe._invoice_payment", "stripe._invoice_payment_service",
    "stripe._invoice_service", "stripe._payment_intent", "stripe._payment_method", "stripe._plan", "stripe._price",
    "stripe._price_service", "stripe._product", "stripe._product_service", "stripe._promotion_code_service",
    "stripe._stripe_client", "stripe._subscription_service", "stripe._v1_services", "stripe._v2_services",
    "stripe._webhook_endpoint_service", "stripe.billing._feedback_option_service",
    "stripe.billing_portal._configuration_service", "stripe.checkout._session_service", "typer._adapters",
    "uvicorn.lifespan.off", "uvicorn.protocols.http.httptools_impl", "uvicorn.protocols.websockets.auto",
)  # fmt: skip
"""What each process finds imported: all that a bot comes to need. A name that a newer release drops goes from here."""


class Sprout:
    """A process from the nursery (`sandbox.bot_process.Process`)."""

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
        """Hand on what it says, till the nursery says how it ended."""
        end = b""
        while not end:
            line = await told.readline()
            assert line, "the nursery died"
            said, end, status = line.partition(END)
            self.stdout.feed_data(said)
        self.stdout.feed_eof()
        self._writer.close()
        return int(status)

    def _signal(self, number: signal.Signals) -> None:
        if self._ended.done():
            raise ProcessLookupError
        os.kill(self.pid, number)


async def begin_bot(clock_file: Path, environment: dict[str, str], log: Path) -> Sprout:
    """Fork a bot (`sandbox.bot_process.StartProcess`)."""
    return await begin(
        "bot.cli.in_sandbox", str(clock_file), "serve", environment=environment, directory=log.parent, err=log
    )


async def begin(module: str, *words: str, environment: dict[str, str], directory: Path, err: Path) -> Sprout:
    """Fork `python -m module words`, in this directory; standard error goes to the end of the file `err`."""
    told, writer = await asyncio.open_unix_connection(_address(), limit=LONGEST_LINE)
    writer.write(json.dumps([module, words, environment, str(directory), str(err)]).encode() + b"\n")
    return Sprout(int(await told.readline()), told, writer)


@cache
def _address() -> str:
    """Have the nursery of this process there; it ends when this process does."""
    address = f"{tempfile.mkdtemp(prefix='winback-nursery-')}/socket"
    nursery = subprocess.Popen(
        [sys.executable, "-m", "tests.nursery", address],
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
    """Fork processes for whoever asks, till standard input ends."""
    for module in FOUND_DONE:
        importlib.import_module(module)
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
        module, words, environment, directory, err = json.loads(lines.readline())
    pid = os.fork()
    if pid:
        asked.sendall(b"%d\n" % pid)
        children[pid] = asked
        return
    status = 1  # as of a program that did not expect it
    try:
        _become(asked, environment, directory, err)
        status = _run(module, words)
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(status)


def _bury(children: dict[int, socket.socket]) -> None:
    """Report the exit code of each bot that has died."""
    for pid in list(children):
        died, status = os.waitpid(pid, os.WNOHANG)
        if died:
            with children.pop(pid) as asked, contextlib.suppress(BrokenPipeError):
                asked.sendall(END + b"%d\n" % os.waitstatus_to_exitcode(status))


def _become(asked: socket.socket, environment: dict[str, str], directory: str, err: str) -> None:
    """Leave everything of the nursery behind that a process of its own would not have."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(directory)
    faked = {name: value for name, value in os.environ.items() if "FAKE" in name or name == "LD_PRELOAD"}
    os.environ.clear()
    os.environ.update(environment | faked)  # libfaketime looks there again and again
    nothing = os.open(os.devnull, os.O_RDONLY)
    written = os.open(err, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for here, there in ((nothing, 0), (asked.fileno(), 1), (written, 2)):
        os.dup2(here, there)
    os.closerange(3, 1024)
    random.seed()


def _run(module: str, words: list[str]) -> int:
    sys.argv = [module, *words]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    keep(sys.argv[1])
