"""The command line as an operator types it: a process, its exit code and what it says."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.bot_process import inherited_environment
from tests.nursery import begin


@dataclass(frozen=True)
class Said:
    """The result of a command."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


async def winback(*words: str, environment: Mapping[str, str], directory: Path, module: str = "bot") -> Said:
    """Run `winback …`, or another module, in a directory, with these settings and no others."""
    with tempfile.NamedTemporaryFile() as err:
        process = await begin(
            module, *words,
            environment={**inherited_environment(), "COLUMNS": "200", **environment},
            directory=directory,
            err=Path(err.name),
        )  # fmt: skip
        status, out = await process.wait(), await process.stdout.read()
        return Said(status, out.decode(), err.read().decode())
