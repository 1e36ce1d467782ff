"""The command line as an operator types it: a process of its own, its exit code and what it says."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.cli.bot_process import passed_on


@dataclass(frozen=True)
class Said:
    """What a word of the command line came to."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


async def winback(*words: str, environment: Mapping[str, str], directory: Path, module: str = "bot") -> Said:
    """Run `winback …`, or another module, in a directory, with these settings and no others."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *words,
        env={**passed_on(), "COLUMNS": "200", **environment},
        cwd=directory,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return Said(process.returncode or 0, out.decode(), err.decode())
