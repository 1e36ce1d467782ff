"""What starting costs: `winback --help` and `--version`, the bot until it is ready, and the memory it then takes."""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

from bench.live import CHECKOUT
from bench.table import TABLE
from bot.slack.manifest import manifest
from sandbox.bot_process import BotProcess, free_port
from sandbox.bot_settings import environment_for
from sandbox.server import Sandbox
from storage.database import migrate

ROUNDS = int(os.environ.get("ROUNDS", "5"))
IDLE = float(os.environ.get("IDLE", "60"))  # seconds from ready until memory is looked at


async def begin(_clock_file: Path, environment: dict[str, str], log: Path) -> asyncio.subprocess.Process:
    """Begin `winback serve` of this checkout (`sandbox.bot_process.StartProcess`)."""
    with log.open("ab") as stderr:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "serve",
            env=environment | {"PYTHONPATH": str(CHECKOUT)},
            cwd=log.parent,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )  # fmt: skip


def command_line(option: str) -> tuple[list[float], list[float]]:
    """Return the seconds that `winback` takes with an option, and its CPU seconds, once the code is compiled."""
    wall, cpu = [], []
    for number in range(ROUNDS + 1):
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "bot", option], cwd=CHECKOUT, stdout=subprocess.DEVNULL, check=True)
        took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        if number:
            wall.append(took)
            cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return wall, cpu


async def started(sandbox: Sandbox, directory: Path) -> tuple[BotProcess, str, float, float]:
    """Start a bot on a database of its own: it, its metrics' address, seconds until ready, and of CPU until then."""
    directory.mkdir()  # noqa: ASYNC240
    environment = environment_for(sandbox, directory, manifest=manifest, port=free_port())
    migrate.upgrade(environment["DATABASE_URL"])
    bot = BotProcess(environment=environment, clock_file=directory, log=directory / "bot.log", begin=begin)
    began = time.perf_counter()
    await bot.start()
    took = time.perf_counter() - began
    metrics = f"http://127.0.0.1:{environment['ADMIN_PORT']}/metrics"
    return bot, metrics, took, await metric(metrics, "process_cpu_seconds_total")


async def metric(url: str, name: str) -> float:
    def read() -> str:
        with urlopen(url) as answer:
            text: str = answer.read().decode()
        return text

    lines = (await asyncio.to_thread(read)).splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).split()[1])


async def main() -> None:
    print(f"Start: medians of {ROUNDS} (and the range), SQLite, Socket Mode, webhooks")
    for option in ("--help", "--version"):
        wall, cpu = await asyncio.to_thread(command_line, option)
        TABLE.add(f"winback {option}", wall, "s", digits=2)
        TABLE.add(f"winback {option}, CPU", cpu, "s", digits=2)
    with tempfile.TemporaryDirectory(prefix="winback-bench-") as directory:
        sandbox = Sandbox(clock_file=Path(directory) / "clock")
        await sandbox.start()
        # The first warms up.
        bots = [await started(sandbox, Path(directory) / str(number)) for number in range(ROUNDS + 1)]
        TABLE.add("start to ready", [took for _, _, took, _ in bots[1:]], "s", digits=2)
        TABLE.add("start to ready, CPU", [cpu for *_, cpu in bots[1:]], "s", digits=2)
        await asyncio.sleep(IDLE)
        memory = [await metric(metrics, "process_resident_memory_bytes") / 1e6 for _, metrics, _, _ in bots[1:]]
        TABLE.add(f"idle RSS, {IDLE:.0f} s after ready", memory, "MB", digits=0)
        for bot, *_ in bots:
            await bot.stop()
        await sandbox.stop()
